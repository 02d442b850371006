import {
  type Client,
  type ClientState,
  type Entry,
  ProtocolError,
  type Recipient,
} from "../../client/src/index.ts";
import type { Action, Input } from "../commands/action.ts";
import { commandLines } from "../commands/commands.ts";
import { parseInput } from "../commands/parse.ts";
import { attempt, runCommand } from "../commands/run.ts";
import { formatAnnouncement } from "../format/entry.ts";
import { formatList } from "../format/list.ts";
import { formatMembers } from "../format/members.ts";
import {
  type ChatTarget,
  findConversation,
  membersOf,
  nameOfOpen,
  openConversation,
  recipientAt,
} from "../session/conversations.ts";
import { untilSent } from "../session/wait-for.ts";
import type { Palette, Style } from "../text/palette.ts";
import { ConversationPrinter } from "./conversation-printer.ts";
import type { LinePrinter } from "./line-printer.ts";

export interface LineChatOptions {
  readonly user: string;
  readonly place: ChatTarget | undefined;
  readonly client: Client;
  readonly printer: LinePrinter;
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
  #open: ConversationPrinter | undefined;
  #numbers = false;
  #toldOffline = false;
  #begun = false;
  #work: Promise<void>;
  #failures = 0;

  constructor(options: LineChatOptions) {
    this.#options = options;
    const { client, place, interactive, printer } = options;
    this.#work = interactive ? Promise.resolve() : this.#inSync.promise;
    // What is typed before there is a connection has somewhere to go.
    if (place !== undefined && "user" in place) this.#enter(place);
    client.on("state", (state) => this.#stateChanged(state));
    client.on("entries", ({ conversation, entries }) => this.#arrived(conversation, entries));
    client.on("reset", ({ conversation }) => this.#forgot(conversation));
    client.on("rejected", ({ error }) => this.#failed(`not done: ${error.message}`));
    client.on("error", (error) => {
      // That nothing answers is said where it is noticed first.
      if (error.code !== "unreachable") printer.complain(error.message);
    });
  }

  typed(line: string): void {
    this.#work = this.#work.then(() => this.#obey(parseInput(line)));
  }

  /** Resolves to the exit code when everything typed so far has been dealt with and answered. */
  async finished(): Promise<number> {
    for (let work: Promise<void> | undefined; work !== this.#work; ) {
      work = this.#work;
      await work;
    }
    const { client, interactive, printer } = this.#options;
    const waiting = client.pending().length;
    if (waiting > 0 && interactive) printer.note(`waiting for ${waiting} to be sent; Ctrl+C leaves without`);
    await untilSent(client);
    // Whoever sits in front of it has read it; a script has only this.
    return this.#failures > 0 && !interactive ? 1 : 0;
  }

  #obey(input: Input): void | Promise<void> {
    const { printer } = this.#options;
    switch (input.do) {
      case "say":
        return this.#say(input.text);
      case "open":
        return this.#turnToNamed(input.name);
      case "list":
        return this.#list();
      case "history":
        return this.#open === undefined ? printer.note("no older messages") : this.#open.showOlder();
      case "members":
        return this.#members();
      case "numbers":
        this.#numbers = !this.#numbers;
        return printer.note(this.#numbers ? "with numbers" : "without numbers");
      case "help":
        for (const line of commandLines()) printer.note(line);
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
    if (this.#open === undefined) {
      this.#failed("not sent: to whom? /to <user> chooses");
      return;
    }
    try {
      this.#open.room.conversation.send(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#failed(`not sent: ${error.message}`);
    }
  }

  #perform(deed: Action): Promise<void> {
    const { client, printer } = this.#options;
    const conversation = this.#open?.room.conversation;
    return this.#attempt(async () => {
      const { said, opened } = await runCommand(deed, { client, conversation });
      if (said !== undefined) printer.note(said);
      if (opened?.id !== undefined) this.#turnTo(opened.id);
    });
  }

  #members(): void | Promise<void> {
    const { client, printer } = this.#options;
    const conversation = this.#open?.room.conversation;
    if (conversation === undefined) return this.#failed("of what? /open <user, title or number>");
    return this.#attempt(async () => {
      const members = await membersOf(conversation);
      const lines = formatMembers(members, client.presence.getSnapshot(), this.#style());
      for (const line of lines) printer.print(line);
    });
  }

  #attempt(work: () => Promise<void>): Promise<void> {
    return attempt(work, (why) => this.#failed(why));
  }

  #turnToNamed(name: string): void {
    const found = findConversation(name, this.#options.client.inbox.getSnapshot());
    if ("wrong" in found) this.#failed(found.wrong);
    else this.#turnTo(found.recipient);
  }

  #turnTo(recipient: Recipient): void {
    this.#enter(recipient).showRecent();
  }

  #enter(recipient: Recipient): ConversationPrinter {
    const { client, printer, interactive: isRead } = this.#options;
    this.#open?.close();
    this.#open = new ConversationPrinter(openConversation(client, recipient), {
      printer,
      style: () => this.#style(),
      isRead,
    });
    return this.#open;
  }

  #list(): void {
    const { client, printer } = this.#options;
    const list = client.inbox.getSnapshot();
    if (list.length === 0) printer.note("no conversations yet; /to <user> starts one");
    for (const row of formatList(list, client.presence.getSnapshot(), this.#style())) printer.print(row);
  }

  #stateChanged(state: ClientState): void {
    const { printer } = this.#options;
    // Said once: further attempts that fail are no news, nor is a connection that is replaced in time.
    if (state === "offline" && this.#begun && !this.#toldOffline) {
      this.#toldOffline = true;
      printer.note("offline – reconnecting");
    } else if (state === "online" && !this.#begun) this.#begin();
    else if (state === "online" && this.#toldOffline) {
      this.#toldOffline = false;
      printer.note("back in sync");
    }
  }

  #begin(): void {
    const { client, place, user, lost, printer } = this.#options;
    this.#begun = true;
    printer.note(`signed in as ${user}`);
    this.#list();
    try {
      if (place !== undefined) this.#turnTo(recipientAt(place, client));
    } catch (error) {
      lost(error as Error);
    }
    this.#inSync.resolve();
  }

  #arrived(conversation: string, entries: readonly Entry[]): void {
    // What the first sync brings is no news; `begin` shows of it what matters.
    if (!this.#begun) return;
    const { client, user, printer } = this.#options;
    if (conversation === this.#open?.room.conversation.id) {
      const statusOf = ({ sender }: Entry) => (sender === user ? ("sent" as const) : undefined);
      this.#open.show(entries.map((entry) => ({ ...entry, status: statusOf(entry) })));
      return;
    }
    const info = client.conversations.find((each) => each.conversation === conversation);
    if (info === undefined || info.muted) return;
    for (const entry of entries) printer.print(formatAnnouncement(entry, info, this.#style()));
  }

  #forgot(conversation: string): void {
    const { client, printer } = this.#options;
    if (conversation === this.#open?.room.conversation.id) this.#open.forget();
    printer.note(
      `[${nameOfOpen(openConversation(client, conversation))}] some messages are no longer on the server`,
    );
  }

  #style(): Style {
    const { palette, user, nowMs } = this.#options;
    return { palette, user, nowMs: nowMs(), numbers: this.#numbers };
  }

  #failed(why: string): void {
    this.#failures += 1;
    this.#options.printer.complain(why);
  }
}
