import {
  type Client,
  ClientError,
  type ClientState,
  type Conversation,
  type Entry,
  ProtocolError,
  type ShownEntry,
} from "../../client/src/index.ts";
import { commandLines } from "../commands.ts";
import type { Deed } from "../deed.ts";
import { formatAnnouncement, formatEntry, nameWidthOf } from "../format/entry.ts";
import { formatList } from "../format/list.ts";
import { formatMembers } from "../format/members.ts";
import type { Style } from "../format/style.ts";
import { type Input, readInput } from "../input.ts";
import { findConversation } from "../names.ts";
import type { Palette } from "../palette.ts";
import { attempt, perform } from "../perform.ts";
import { type Place, recipientAt } from "../place.ts";
import { printable } from "../printable.ts";
import { membersOf, nameOfRoom, openRoom, type Room } from "../room.ts";
import { untilSent } from "../until-sent.ts";

const RECENT = 10;
const HISTORY_PAGE = 20;

export interface LineChatOptions {
  readonly user: string;
  readonly place: Place | undefined;
  readonly client: Client;
  readonly print: (line: string) => void;
  readonly palette: Palette;
  readonly nowMs: () => number;
  /** Somebody sits there, and reads. Else lines are taken only once in sync: a script's `/list` means the server's. */
  readonly interactive: boolean;
  /** `place` is nowhere. */
  readonly lost: (error: Error) => void;
}

/** The chat as lines in and lines out, which never change once they are there. */
export class LineChat {
  readonly #options: LineChatOptions;
  readonly #inSync = Promise.withResolvers<void>();
  #room: Room | undefined;
  #leaveRoom: () => void = () => {};
  /** How far up the open conversation has been printed. */
  #shownFrom: number | undefined;
  #numbers = false;
  #toldOffline = false;
  #begun = false;
  #work: Promise<void>;
  #failures = 0;

  constructor(options: LineChatOptions) {
    this.#options = options;
    const { client, place, interactive } = options;
    this.#work = interactive ? Promise.resolve() : this.#inSync.promise;
    if (place !== undefined && "user" in place) this.#enter(openRoom(client, place));
    client.on("state", (state) => this.#stateChanged(state));
    client.on("entries", ({ conversation, entries }) => this.#arrived(conversation, entries));
    client.on("reset", ({ conversation }) => this.#forgot(conversation));
    client.on("rejected", ({ error }) => this.#failed(`not done: ${error.message}`));
    client.on("error", (error) => {
      // That nothing answers is said where it is noticed first.
      if (error.code !== "unreachable") this.#complain(error.message);
    });
  }

  typed(line: string): void {
    this.#work = this.#work.then(() => this.#obey(readInput(line)));
  }

  /** Resolves to the exit code when everything typed so far has been dealt with and answered. */
  async finished(): Promise<number> {
    for (let work: Promise<void> | undefined; work !== this.#work; ) {
      work = this.#work;
      await work;
    }
    const { client, interactive } = this.#options;
    const waiting = client.pending().length;
    if (waiting > 0 && interactive) this.#note(`waiting for ${waiting} to be sent; Ctrl+C leaves without`);
    await untilSent(client);
    // Whoever sits in front of it has read it; a script has only this.
    return this.#failures > 0 && !interactive ? 1 : 0;
  }

  async #obey(input: Input): Promise<void> {
    const { client, print } = this.#options;
    switch (input.do) {
      case "say":
        return this.#say(input.text);
      case "open": {
        const found = findConversation(input.name, client.inbox.getSnapshot());
        if ("wrong" in found) this.#failed(found.wrong);
        else this.#turnTo(openRoom(client, found.recipient));
        return;
      }
      case "list":
        return this.#list();
      case "history":
        return this.#older();
      case "members":
        return this.#members();
      case "numbers":
        this.#numbers = !this.#numbers;
        return this.#note(this.#numbers ? "with numbers" : "without numbers");
      case "help":
        for (const line of commandLines()) print(this.#options.palette.dim(line));
        return;
      case "complain":
        return this.#failed(input.wrong);
      case "quit":
      case "nothing":
        return;
      default:
        return this.#perform(input);
    }
  }

  #say(text: string): void {
    if (this.#room === undefined) {
      this.#failed("not sent: to whom? /to <user> chooses");
      return;
    }
    try {
      this.#room.conversation.send(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#failed(`not sent: ${error.message}`);
    }
  }

  async #perform(deed: Deed): Promise<void> {
    const { client } = this.#options;
    await attempt(
      async () => {
        const { said, opened } = await perform(deed, { client, conversation: this.#room?.conversation });
        if (said !== undefined) this.#note(said);
        if (opened?.id !== undefined) this.#turnTo(openRoom(client, opened.id));
      },
      (why) => this.#failed(why),
    );
  }

  async #members(): Promise<void> {
    const { client, print } = this.#options;
    const conversation = this.#room?.conversation;
    if (conversation === undefined) return this.#failed("of what? /open <user, title or number>");
    await attempt(
      async () => {
        const members = await membersOf(conversation);
        for (const line of formatMembers(members, client.presence.getSnapshot(), this.#style())) print(line);
      },
      (why) => this.#failed(why),
    );
  }

  #turnTo(room: Room): void {
    this.#enter(room);
    this.#showRecent();
  }

  #enter(room: Room): void {
    this.#leaveRoom();
    this.#room = room;
    this.#shownFrom = undefined;
    // What is looked at is held back to where it was loaded.
    this.#leaveRoom = room.conversation.view.subscribe(() => {});
  }

  #showRecent(): void {
    if (this.#room === undefined) return;
    const entries = settledOf(this.#room.conversation).slice(-RECENT);
    const name = nameOfRoom(this.#room);
    this.#note(entries.length === 0 ? `no messages with ${name} yet` : `with ${name}:`);
    this.#show(entries);
  }

  async #older(): Promise<void> {
    const conversation = this.#room?.conversation;
    if (conversation === undefined) return this.#note("no older messages");
    try {
      while (this.#above(conversation).length < HISTORY_PAGE && conversation.view.getSnapshot().more) {
        await conversation.loadOlder(HISTORY_PAGE);
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (this.#above(conversation).length === 0) {
        return this.#complain("older messages cannot be had just now");
      }
    }
    const entries = this.#above(conversation).slice(-HISTORY_PAGE);
    if (entries.length === 0) return this.#note("no older messages");
    this.#note("older:");
    this.#show(entries);
    this.#note("—");
  }

  /** What lies above what has been printed. */
  #above(conversation: Conversation): readonly ShownEntry[] {
    const from = this.#shownFrom ?? Number.POSITIVE_INFINITY;
    return settledOf(conversation).filter(({ seq = 0 }) => seq < from);
  }

  #show(entries: readonly ShownEntry[]): void {
    const first = entries[0]?.seq;
    if (first !== undefined && first < (this.#shownFrom ?? Number.POSITIVE_INFINITY)) this.#shownFrom = first;
    const { user, interactive, print } = this.#options;
    const peer = this.#room?.conversation.view.getSnapshot().info?.peer ?? recipientName(this.#room);
    const width = nameWidthOf([peer, ...entries.map(({ sender }) => sender)], user);
    for (const entry of entries) print(formatEntry(entry, width, this.#style()));
    if (interactive) this.#room?.conversation.markRead();
  }

  #list(): void {
    const { client, print } = this.#options;
    const list = client.inbox.getSnapshot();
    if (list.length === 0) this.#note("no conversations yet; /to <user> starts one");
    for (const row of formatList(list, client.presence.getSnapshot(), this.#style())) print(row);
  }

  #stateChanged(state: ClientState): void {
    // Said once: further attempts that fail are no news, nor is a connection that is replaced in time.
    if (state === "offline" && this.#begun && !this.#toldOffline) {
      this.#toldOffline = true;
      this.#note("offline – reconnecting");
    } else if (state === "online" && !this.#begun) this.#begin();
    else if (state === "online" && this.#toldOffline) {
      this.#toldOffline = false;
      this.#note("back in sync");
    }
  }

  #begin(): void {
    const { client, place, user, lost } = this.#options;
    this.#begun = true;
    this.#note(`signed in as ${printable(user)}`);
    this.#list();
    try {
      if (place !== undefined) this.#turnTo(openRoom(client, recipientAt(place, client)));
    } catch (error) {
      lost(error as Error);
    }
    this.#inSync.resolve();
  }

  #arrived(conversation: string, entries: readonly Entry[]): void {
    // What the first sync brings is no news; `begin` shows of it what matters.
    if (!this.#begun) return;
    const { client, user, print } = this.#options;
    const shown = entries.map((entry) => ({
      ...entry,
      status: entry.sender === user ? ("sent" as const) : undefined,
    }));
    if (conversation === this.#room?.conversation.id) {
      this.#show(shown);
      return;
    }
    const info = client.conversations.find((each) => each.conversation === conversation);
    if (info === undefined || info.muted) return;
    for (const entry of shown) print(formatAnnouncement(entry, info, this.#style()));
  }

  #forgot(conversation: string): void {
    if (conversation === this.#room?.conversation.id) this.#shownFrom = undefined;
    const { client } = this.#options;
    this.#note(`[${nameOfRoom(openRoom(client, conversation))}] some messages are no longer on the server`);
  }

  #style(): Style {
    const { palette, user, nowMs } = this.#options;
    return { palette, user, nowMs: nowMs(), numbers: this.#numbers };
  }

  #failed(why: string): void {
    this.#failures += 1;
    this.#complain(why);
  }

  #complain(text: string): void {
    this.#options.print(this.#options.palette.red(printable(text)));
  }

  #note(text: string): void {
    this.#options.print(this.#options.palette.dim(printable(text)));
  }
}

function settledOf(conversation: Conversation): readonly ShownEntry[] {
  return conversation.view.getSnapshot().entries.filter(({ seq }) => seq !== undefined);
}

function recipientName(room: Room | undefined): string {
  return typeof room?.recipient === "object" ? room.recipient.user : "";
}
