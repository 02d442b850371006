import type { Client, Recipient } from "../../client/src/index.ts";
import { isContent } from "../../client/src/ui.ts";
import { type ChatTarget, openConversation, recipientAt } from "../session/conversations.ts";
import { PresenceWatch } from "../session/presence-watch.ts";
import type { Palette, Style } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { complete, namesOf } from "./completion.ts";
import { ConversationPage } from "./conversation-page.ts";
import type { Display } from "./display.ts";
import { bodyHeight, composeFrame } from "./frame.ts";
import { Interpreter } from "./interpreter.ts";
import type { Key, Keyboard, KeyboardListener } from "./keyboard.ts";
import { ListPage } from "./list-page.ts";
import type { Window } from "./page.ts";
import { Pages } from "./pages.ts";
import { statusLine } from "./status-line.ts";

export interface AppOptions {
  readonly user: string;
  readonly client: Client;
  readonly place: ChatTarget | undefined;
  readonly display: Display;
  readonly keyboard: (listener: KeyboardListener) => Keyboard;
  readonly palette: Palette;
  readonly nowMs: () => number;
  readonly timeZone?: string;
  /** Who sits there wants to go. */
  readonly quit: () => void;
  /** At once. */
  readonly interrupt: () => void;
}

interface Notice {
  readonly text: string;
  readonly isComplaint: boolean;
}

const TERMINAL_GAINED_FOCUS = "\u001b[I";
const TERMINAL_LOST_FOCUS = "\u001b[O";

/** The chat on the whole screen: pages one goes to and comes back from, and a line to type. */
export class App {
  readonly #options: AppOptions;
  readonly #keyboard: Keyboard;
  readonly #presence: PresenceWatch;
  readonly #pages: Pages;
  /** Until the next line is entered. */
  #notice: Notice | undefined;
  /** Why there is no connection. */
  #trouble = "";
  #numbers = false;
  #inForeground = true;
  #drawing = false;
  #ended = false;

  constructor(options: AppOptions) {
    this.#options = options;
    const { client, place, quit, interrupt } = options;
    this.#pages = new Pages(new ListPage(client), () => this.#changed());
    this.#presence = new PresenceWatch(client);
    const interpreter = new Interpreter({
      client,
      pages: this.#pages,
      goTo: (recipient) => this.#goTo(recipient),
      scrollUp: () => this.#scroll(-this.#window.height),
      toggleNumbers: () => {
        this.#numbers = !this.#numbers;
      },
      note: (text) => this.#tell(text, false),
      complain: (text) => this.#tell(text, true),
      quit,
    });
    this.#keyboard = options.keyboard({
      pressed: (key) => this.#pressed(key),
      entered: (line) => {
        this.#notice = undefined;
        return interpreter.entered(line);
      },
      interrupted: interrupt,
      ended: quit,
      complete: (line) => complete(line, namesOf(client)),
    });
    this.#listen(client);
    if (place !== undefined) this.#begin(place);
  }

  /** Shown until there is a connection. */
  noConnection(why: string): void {
    this.#trouble = sanitize(why);
    this.#changed();
  }

  resized(): void {
    this.#options.display.forget();
    this.#changed();
  }

  close(): void {
    this.#ended = true;
    this.#pages.home();
    this.#keyboard.close();
    this.#options.display.close();
  }

  get #window(): Window {
    const { size } = this.#options.display;
    return { columns: size.columns, height: bodyHeight(size) };
  }

  get #style(): Style {
    const { palette, user, nowMs, timeZone } = this.#options;
    return { palette, user, nowMs: nowMs(), timeZone, numbers: this.#numbers };
  }

  #listen(client: Client): void {
    for (const shown of [client.inbox, client.presence, client.status]) {
      shown.subscribe(() => this.#changed());
    }
    client.on("state", (state) => {
      if (state === "online") this.#trouble = "";
    });
    client.on("rejected", ({ id, error }) => this.#rejected(id, error.message));
    client.on("error", (error) => {
      // That nothing answers is said where it is noticed first.
      if (error.code !== "unreachable") this.#tell(error.message, true);
    });
  }

  #changed(): void {
    if (this.#drawing || this.#ended) return;
    this.#drawing = true;
    // After everything else that happens in this turn.
    setImmediate(() => {
      this.#drawing = false;
      if (!this.#ended) this.#draw();
    });
  }

  #draw(): void {
    const { client, display, palette } = this.#options;
    const page = this.#pages.top;
    const frame = composeFrame(
      {
        title: page.title(this.#style),
        aside: statusLine(client, this.#pages.room?.room.conversation.id),
        body: page.body(this.#window, this.#style),
        atFoot: page.atFoot,
        note: this.#notice?.text ?? (this.#trouble || page.note()),
        isComplaint: this.#notice?.isComplaint ?? false,
        below: page.below(),
        typed: this.#keyboard.typed,
        placeholder: page.placeholder,
      },
      display.size,
      palette,
    );
    display.draw(frame);
    page.drawn();
    if (page instanceof ConversationPage && page.isAtEnd && this.#inForeground)
      page.room.conversation.markRead();
  }

  #pressed(key: Key): void {
    const { line } = this.#keyboard.typed;
    const isEmpty = line === "";
    const screenful = Math.max(1, this.#window.height - 1);
    if (key.name === "pageup") this.#scroll(-screenful);
    else if (key.name === "pagedown") this.#scroll(screenful);
    else if (key.name === "up") this.#scroll(-1);
    else if (key.name === "down") this.#scroll(1);
    else if (key.name === "home" && isEmpty) this.#scroll(Number.NEGATIVE_INFINITY);
    else if (key.name === "end" && isEmpty) this.#scroll(Number.POSITIVE_INFINITY);
    else if (key.name === "escape") this.#pages.back();
    else if (key.name === "tab" && isEmpty) this.#toNextUnread();
    else if (key.name === "l" && key.ctrl) this.#options.display.forget();
    else if (key.sequence === TERMINAL_GAINED_FOCUS) this.#inForeground = true;
    else if (key.sequence === TERMINAL_LOST_FOCUS) this.#inForeground = false;
    else if (!isEmpty && !line.startsWith("/")) this.#pages.room?.room.conversation.typing();
    this.#changed();
  }

  #scroll(rows: number): void {
    this.#pages.top.scroll(rows, this.#window, this.#style);
  }

  #toNextUnread(): void {
    const here = this.#pages.room?.room.conversation.id;
    const next = this.#options.client.inbox
      .getSnapshot()
      .find(({ conversation, unread, muted }) => unread > 0 && conversation !== here && !muted);
    if (next !== undefined) this.#goTo(next.conversation);
  }

  /** Once the groups are known, if it is one. */
  #begin(place: ChatTarget): void {
    const { client } = this.#options;
    if ("user" in place) {
      this.#goTo(place);
      return;
    }
    const stop = client.on("state", (state) => {
      if (state !== "online") return;
      stop();
      try {
        this.#goTo(recipientAt(place, client));
      } catch (error) {
        this.#tell((error as Error).message, true);
      }
    });
  }

  #goTo(recipient: Recipient): void {
    const { client } = this.#options;
    this.#pages.enter(
      new ConversationPage({
        client,
        room: openConversation(client, recipient),
        presence: this.#presence,
        changed: () => this.#changed(),
        complain: (why) => this.#tell(why, true),
      }),
    );
  }

  #rejected(id: string, why: string): void {
    const conversation = this.#pages.room?.room.conversation;
    const failed = conversation?.view.getSnapshot().entries.find((entry) => entry.id === id);
    // A message stays where it stands, with the reason; a deed that failed is nothing to keep.
    if (failed !== undefined && !isContent(failed.kind)) conversation?.discard(id);
    this.#tell(`not done: ${why}`, true);
  }

  #tell(text: string, isComplaint: boolean): void {
    this.#notice = { text: sanitize(text), isComplaint };
    this.#changed();
  }
}
