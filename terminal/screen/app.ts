import { type Client, ClientError, ProtocolError, type Recipient } from "../../client/src/index.ts";
import { commandLines } from "../commands.ts";
import type { Deed } from "../deed.ts";
import { formatConnection } from "../format/connection.ts";
import { isWritten } from "../format/entry-text.ts";
import { formatUnread } from "../format/list.ts";
import { formatMembers } from "../format/members.ts";
import type { Style } from "../format/style.ts";
import { type Input, readInput } from "../input.ts";
import { findConversation } from "../names.ts";
import type { Palette } from "../palette.ts";
import { MisunderstandingError, perform } from "../perform.ts";
import { type Place, recipientAt } from "../place.ts";
import { PresenceWatch } from "../presence-watch.ts";
import { printable } from "../printable.ts";
import { membersOf, nameOfRoom, openRoom } from "../room.ts";
import { complete } from "./completion.ts";
import type { Display } from "./display.ts";
import { bodyHeight, composeFrame } from "./frame.ts";
import type { Key, Keyboard, KeyboardListener } from "./keyboard.ts";
import { ListPage } from "./list-page.ts";
import type { Page, Window } from "./page.ts";
import { RoomPage } from "./room-page.ts";
import { TextPage } from "./text-page.ts";

export interface AppOptions {
  readonly user: string;
  readonly client: Client;
  readonly place: Place | undefined;
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

/** The chat on the whole screen: pages one can go to and come back from, and a line to type. */
export class App {
  readonly #options: AppOptions;
  readonly #keyboard: Keyboard;
  readonly #presence: PresenceWatch;
  /** The list is below all others. */
  readonly #list: ListPage;
  readonly #pages: Page[] = [];
  #notice: Notice | undefined;
  /** Why there is no connection. */
  #trouble = "";
  #numbers = false;
  #inForeground = true;
  #drawing = false;
  #ended = false;

  constructor(options: AppOptions) {
    this.#options = options;
    const { client, place } = options;
    this.#list = new ListPage(client);
    this.#presence = new PresenceWatch(client);
    this.#keyboard = options.keyboard({
      pressed: (key) => this.#pressed(key),
      entered: (text) => this.#entered(text),
      interrupted: options.interrupt,
      ended: options.quit,
      complete: (line) => complete(line, this.#names()),
    });
    for (const shown of [client.inbox, client.presence, client.status]) {
      shown.subscribe(() => this.changed());
    }
    client.on("state", (state) => {
      if (state === "online") this.#trouble = "";
    });
    client.on("rejected", ({ id, error }) => this.#rejected(id, error.message));
    client.on("error", (error) => {
      // That nothing answers is said where it is noticed first.
      if (error.code !== "unreachable") this.#complain(error.message);
    });
    if (place !== undefined) this.#begin(place);
  }

  /** Something that is shown has changed. */
  changed(): void {
    if (this.#drawing || this.#ended) return;
    this.#drawing = true;
    // After everything else that happens in this turn.
    setImmediate(() => {
      this.#drawing = false;
      if (!this.#ended) this.#draw();
    });
  }

  resized(): void {
    this.#options.display.forget();
    this.changed();
  }

  /** Until there is a connection. */
  noConnection(why: string): void {
    this.#trouble = printable(why);
    this.changed();
  }

  #complain(text: string): void {
    this.#tell({ text: printable(text), isComplaint: true });
  }

  #note(text: string): void {
    this.#tell({ text: printable(text), isComplaint: false });
  }

  close(): void {
    this.#ended = true;
    for (const page of this.#pages) page.close();
    this.#keyboard.close();
    this.#options.display.close();
  }

  get #page(): Page {
    return this.#pages.at(-1) ?? this.#list;
  }

  get #room(): RoomPage | undefined {
    return this.#pages.find((page) => page instanceof RoomPage);
  }

  get #window(): Window {
    const { size } = this.#options.display;
    return { columns: size.columns, height: bodyHeight(size) };
  }

  get #style(): Style {
    const { palette, user, nowMs, timeZone } = this.#options;
    return { palette, user, nowMs: nowMs(), timeZone, numbers: this.#numbers };
  }

  #draw(): void {
    const { display, palette } = this.#options;
    const page = this.#page;
    const frame = composeFrame(
      {
        title: page.title(this.#style),
        aside: this.#aside(),
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
    if (page instanceof RoomPage && page.isAtEnd && this.#inForeground) page.room.conversation.markRead();
  }

  /** What is to be read elsewhere, and how the network is. */
  #aside(): string {
    const { client } = this.#options;
    const here = this.#page === this.#list ? undefined : this.#room?.room.conversation.id;
    const unread = client.inbox
      .getSnapshot()
      .filter(({ conversation, muted }) => conversation !== here && !muted)
      .reduce((sum, info) => sum + info.unread, 0);
    const elsewhere =
      unread === 0 ? "" : `${formatUnread(unread)} unread${here === undefined ? "" : " elsewhere"}`;
    const connection = formatConnection(client.state, client.pending().length);
    return [elsewhere, connection].filter((part) => part !== "").join(" · ");
  }

  #pressed(key: Key): void {
    const { typed } = this.#keyboard;
    const page = Math.max(1, this.#window.height - 1);
    const isEmpty = typed.line === "";
    const scroll = (rows: number) => this.#page.scroll(rows, this.#window, this.#style);
    if (key.name === "pageup") scroll(-page);
    else if (key.name === "pagedown") scroll(page);
    else if (key.name === "up") scroll(-1);
    else if (key.name === "down") scroll(1);
    else if (key.name === "home" && isEmpty) scroll(Number.NEGATIVE_INFINITY);
    else if (key.name === "end" && isEmpty) scroll(Number.POSITIVE_INFINITY);
    else if (key.name === "escape") this.#back();
    else if (key.name === "tab" && isEmpty) this.#toNextUnread();
    else if (key.name === "l" && key.ctrl) this.#options.display.forget();
    else if (key.sequence === TERMINAL_GAINED_FOCUS) this.#inForeground = true;
    else if (key.sequence === TERMINAL_LOST_FOCUS) this.#inForeground = false;
    else if (!isEmpty && !typed.line.startsWith("/")) this.#typing();
    this.changed();
  }

  #typing(): void {
    const page = this.#page;
    if (page instanceof RoomPage) page.room.conversation.typing();
  }

  #entered(line: string): void {
    this.#notice = undefined;
    void this.#obey(readInput(line));
    this.changed();
  }

  async #obey(input: Input): Promise<void> {
    const { client, quit } = this.#options;
    switch (input.do) {
      case "nothing":
        return this.#page === this.#list ? this.#open(this.#list.chosen) : this.#closeText();
      case "say":
        return this.#say(input.text);
      case "open": {
        const found = findConversation(input.name, client.inbox.getSnapshot());
        return "wrong" in found ? this.#complain(found.wrong) : this.#goTo(found.recipient);
      }
      case "list":
        return this.#home();
      case "history":
        return this.#page.scroll(-this.#window.height, this.#window, this.#style);
      case "members":
        return this.#members();
      case "numbers":
        this.#numbers = !this.#numbers;
        return;
      case "help":
        return this.#read(new TextPage("Help", () => HELP));
      case "complain":
        return this.#complain(input.wrong);
      case "quit":
        return quit();
      default:
        return this.#perform(input);
    }
  }

  #say(text: string): void {
    this.#closeText();
    const page = this.#room;
    // Where nobody is spoken to, what is typed is a name.
    if (page === undefined) return void this.#obey({ do: "open", name: text.trim() });
    try {
      page.room.conversation.send(text);
      page.toEnd();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#complain(`not sent: ${error.message}`);
    }
  }

  async #perform(deed: Deed): Promise<void> {
    const { client } = this.#options;
    this.#closeText();
    await this.#try(async () => {
      const { said, opened } = await perform(deed, { client, conversation: this.#room?.room.conversation });
      if (said !== undefined) this.#note(said);
      if (opened?.id !== undefined) this.#goTo(opened.id);
    });
  }

  async #members(): Promise<void> {
    const room = this.#room?.room;
    if (room === undefined) return this.#complain("of what? Open a conversation first");
    await this.#try(async () => {
      const members = await membersOf(room.conversation);
      const { presence } = this.#options.client;
      const lines = (style: Style) => formatMembers(members, presence.getSnapshot(), style);
      this.#read(new TextPage(`Members of ${nameOfRoom(room)}`, lines));
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ClientError || error instanceof MisunderstandingError)) throw error;
      this.#complain(`not done: ${error.message}`);
    }
  }

  #rejected(id: string, why: string): void {
    const conversation = this.#room?.room.conversation;
    const failed = conversation?.view.getSnapshot().entries.find((entry) => entry.id === id);
    // A message stays where it stands, with the reason; a deed that failed is nothing to keep.
    if (failed !== undefined && !isWritten(failed.kind)) conversation?.discard(id);
    this.#complain(`not done: ${why}`);
  }

  /** Once the groups are known, if it is one. */
  #begin(place: Place): void {
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
        this.#complain((error as Error).message);
      }
    });
  }

  #open(info: { readonly conversation: string } | undefined): void {
    if (info !== undefined) this.#goTo(info.conversation);
  }

  #goTo(recipient: Recipient): void {
    this.#home();
    const { client } = this.#options;
    const room = openRoom(client, recipient);
    const page = new RoomPage({
      client,
      room,
      changed: () => this.changed(),
      met: (members) => {
        const conversation = room.conversation.id;
        if (this.#room !== page || conversation === undefined) return;
        this.#presence.open({ conversation, members: members.map(({ user }) => user) });
      },
      complain: (why) => this.#complain(why),
    });
    this.#pages.push(page);
    this.changed();
  }

  #read(page: TextPage): void {
    this.#closeText();
    this.#pages.push(page);
    this.changed();
  }

  #closeText(): void {
    if (this.#page instanceof TextPage) this.#back();
  }

  #back(): void {
    const page = this.#pages.pop();
    page?.close();
    if (page instanceof RoomPage) this.#presence.open(undefined);
  }

  #home(): void {
    while (this.#pages.length > 0) this.#back();
    this.changed();
  }

  #toNextUnread(): void {
    const here = this.#room?.room.conversation.id;
    const isNext = (info: { conversation: string; unread: number; muted: boolean }) =>
      info.unread > 0 && info.conversation !== here && !info.muted;
    this.#open(this.#options.client.inbox.getSnapshot().find(isNext));
  }

  /** What a name may be completed to. */
  #names(): string[] {
    const { client } = this.#options;
    const known = client.inbox.getSnapshot().flatMap(({ peer, title }) => peer ?? title ?? []);
    const names = [...new Set([...known, ...client.presence.getSnapshot().keys()])];
    return names.map((name) => (/\s/.test(name) ? `"${name}"` : name));
  }

  #tell(notice: Notice): void {
    this.#notice = notice;
    this.changed();
  }
}

const HELP = [
  "Up, Down, wheel        choose a conversation; scroll",
  "PageUp, PageDown       by screens; what is older is loaded on the way",
  "Home, End              on an empty line: the oldest loaded, the newest",
  "Enter                  opens what is chosen; sends what is typed",
  "Tab                    on an empty line: to what is unread; after /: completes",
  "Esc                    back",
  "Ctrl+L                 draws everything again",
  "Ctrl+C, Ctrl+D         leave",
  "",
  "… waits to be sent   ✓ in the log   ✓✓ delivered, bold: read   ✗ not sent",
  "",
  ...commandLines(),
];
