import type { Client, Recipient } from "../../client/src/index.ts";
import { isContent } from "../../client/src/ui.ts";
import { type ChatTarget, openConversation, resolveTarget } from "../session/conversations.ts";
import { PresenceWatch } from "../session/presence-watch.ts";
import type { Palette, Style } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { completableNames, complete } from "./completion.ts";
import { ConversationPage } from "./conversation-page.ts";
import type { Display } from "./display.ts";
import { bodyHeight, composeFrame } from "./frame.ts";
import { Interpreter } from "./interpreter.ts";
import type { Key, Keyboard, KeyboardListener } from "./keyboard.ts";
import { ListPage } from "./list-page.ts";
import type { Window } from "./page.ts";
import { PageStack } from "./page-stack.ts";
import { formatStatusLine } from "./status-line.ts";

export interface AppOptions {
  readonly user: string;
  readonly client: Client;
  readonly target: ChatTarget | undefined;
  readonly display: Display;
  readonly keyboard: (listener: KeyboardListener) => Keyboard;
  readonly palette: Palette;
  readonly nowMs: () => number;
  readonly timeZone?: string;
  /** Called when the user leaves, after which messages may still be sent. */
  readonly quit: () => void;
  /** Called when the user leaves at once. */
  readonly interrupt: () => void;
}

interface Notice {
  readonly text: string;
  readonly isError: boolean;
}

const TERMINAL_GAINED_FOCUS = "\u001b[I";
const TERMINAL_LOST_FOCUS = "\u001b[O";

/** The full-screen chat: a stack of pages and an input line. */
export class App {
  readonly #options: AppOptions;
  readonly #keyboard: Keyboard;
  readonly #presence: PresenceWatch;
  readonly #pages: PageStack;
  /** Shown until the next line is entered. */
  #notice: Notice | undefined;
  /** Reason why there is no connection. */
  #connectionProblem = "";
  #numbers = false;
  #hasFocus = true;
  #drawRequested = false;
  #closed = false;

  constructor(options: AppOptions) {
    this.#options = options;
    const { client, target, quit, interrupt } = options;
    this.#pages = new PageStack(new ListPage(client), () => this.#requestDraw());
    this.#presence = new PresenceWatch(client);
    const interpreter = new Interpreter({
      client,
      pages: this.#pages,
      goTo: (recipient) => this.#openConversation(recipient),
      scrollUp: () => this.#scroll(-this.#window.height),
      toggleNumbers: () => {
        this.#numbers = !this.#numbers;
      },
      notify: (text) => this.#notify(text, false),
      reportError: (text) => this.#notify(text, true),
      quit,
    });
    this.#keyboard = options.keyboard({
      onKey: (key) => this.#onKey(key),
      onLine: (line) => {
        this.#notice = undefined;
        return interpreter.execute(line);
      },
      onInterrupt: interrupt,
      onEnd: quit,
      complete: (line) => complete(line, completableNames(client)),
    });
    this.#listen(client);
    if (target !== undefined) this.#openTarget(target);
  }

  /** Shows the reason until there is a connection. */
  reportNoConnection(reason: string): void {
    this.#connectionProblem = sanitize(reason);
    this.#requestDraw();
  }

  /** Redraws everything, for example after a resize. */
  redraw(): void {
    this.#options.display.invalidate();
    this.#requestDraw();
  }

  close(): void {
    this.#closed = true;
    this.#pages.closeAll();
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
    for (const view of [client.inbox, client.presence, client.status]) {
      view.subscribe(() => this.#requestDraw());
    }
    client.on("state", (state) => {
      if (state === "online") this.#connectionProblem = "";
    });
    client.on("rejected", ({ id, error }) => this.#onRejected(id, error.message));
    client.on("error", (error) => {
      // `startClient` reports an unreachable server.
      if (error.code !== "unreachable") this.#notify(error.message, true);
    });
  }

  #requestDraw(): void {
    if (this.#drawRequested || this.#closed) return;
    this.#drawRequested = true;
    // Draws once for all changes in this turn.
    setImmediate(() => {
      this.#drawRequested = false;
      if (!this.#closed) this.#draw();
    });
  }

  #draw(): void {
    const { client, display, palette } = this.#options;
    const page = this.#pages.top;
    const frame = composeFrame(
      {
        title: page.title(this.#style),
        status: formatStatusLine(client, this.#pages.conversationPage?.conversation.id),
        body: page.body(this.#window, this.#style),
        alignBottom: page.alignBottom,
        notice: this.#notice?.text ?? (this.#connectionProblem || page.activity()),
        isError: this.#notice?.isError ?? false,
        scrollHint: page.scrollHint(),
        input: this.#keyboard.input,
        placeholder: page.placeholder,
      },
      display.size,
      palette,
    );
    display.draw(frame);
    page.afterDraw();
    if (page instanceof ConversationPage && page.isAtEnd && this.#hasFocus) page.conversation.markRead();
  }

  #onKey(key: Key): void {
    const { line } = this.#keyboard.input;
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
    else if (key.name === "l" && key.ctrl) this.#options.display.invalidate();
    else if (key.sequence === TERMINAL_GAINED_FOCUS) this.#hasFocus = true;
    else if (key.sequence === TERMINAL_LOST_FOCUS) this.#hasFocus = false;
    else if (!isEmpty && !line.startsWith("/")) this.#pages.conversationPage?.conversation.typing();
    this.#requestDraw();
  }

  #scroll(rows: number): void {
    this.#pages.top.scroll(rows, this.#window, this.#style);
  }

  #toNextUnread(): void {
    const here = this.#pages.conversationPage?.conversation.id;
    const next = this.#options.client.inbox
      .getSnapshot()
      .find(({ conversation, unread, muted }) => unread > 0 && conversation !== here && !muted);
    if (next !== undefined) this.#openConversation(next.conversation);
  }

  /** Opens the target: a user at once, a group when the groups are known. */
  #openTarget(target: ChatTarget): void {
    const { client } = this.#options;
    if ("user" in target) {
      this.#openConversation(target);
      return;
    }
    const stop = client.on("state", (state) => {
      if (state !== "online") return;
      stop();
      try {
        this.#openConversation(resolveTarget(target, client));
      } catch (error) {
        this.#notify((error as Error).message, true);
      }
    });
  }

  #openConversation(recipient: Recipient): void {
    const { client } = this.#options;
    this.#pages.openConversation(
      new ConversationPage({
        client,
        open: openConversation(client, recipient),
        presence: this.#presence,
        onChange: () => this.#requestDraw(),
        onError: (reason) => this.#notify(reason, true),
      }),
    );
  }

  #onRejected(id: string, reason: string): void {
    const conversation = this.#pages.conversationPage?.conversation;
    const failed = conversation?.view.getSnapshot().entries.find((entry) => entry.id === id);
    // A rejected message stays visible with the reason; a rejected edit, reaction or other event is dropped.
    if (failed !== undefined && !isContent(failed.kind)) conversation?.discard(id);
    this.#notify(`not done: ${reason}`, true);
  }

  #notify(text: string, isError: boolean): void {
    this.#notice = { text: sanitize(text), isError };
    this.#requestDraw();
  }
}
