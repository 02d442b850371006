import {
  type Client,
  type ClientState,
  type Entry,
  ProtocolError,
  type Recipient,
} from "../../client/src/index.ts";
import type { Action, Input } from "../commands/action.ts";
import { formatCommands } from "../commands/commands.ts";
import { parseInput } from "../commands/parse.ts";
import { attempt, runCommand } from "../commands/run.ts";
import { formatAnnouncement } from "../format/entry.ts";
import { formatList } from "../format/list.ts";
import { formatMembers } from "../format/members.ts";
import {
  allMembers,
  type ChatTarget,
  findConversation,
  openConversation,
  openConversationName,
  resolveTarget,
  whyClosed,
} from "../session/conversations.ts";
import { untilSent } from "../session/wait-for.ts";
import type { Palette, Style } from "../text/palette.ts";
import { ConversationPrinter } from "./conversation-printer.ts";
import type { LinePrinter } from "./line-printer.ts";

export interface LineChatOptions {
  readonly user: string;
  readonly target: ChatTarget | undefined;
  readonly client: Client;
  readonly printer: LinePrinter;
  readonly palette: Palette;
  readonly nowMs: () => number;
  /** True if a person types and reads. Otherwise lines are executed only once in sync, because a script's `/list` means the server's. */
  readonly interactive: boolean;
  /** Called if `target` does not exist or is ambiguous. */
  readonly onInvalidTarget: (error: Error) => void;
}

/** The line chat: reads lines and prints lines, which never change afterwards. */
export class LineChat {
  readonly #options: LineChatOptions;
  readonly #inSync = Promise.withResolvers<void>();
  #open: ConversationPrinter | undefined;
  #numbers = false;
  #reportedOffline = false;
  #started = false;
  #work: Promise<void>;
  #failures = 0;

  constructor(options: LineChatOptions) {
    this.#options = options;
    const { client, target, interactive, printer } = options;
    this.#work = interactive ? Promise.resolve() : this.#inSync.promise;
    // Lines typed before there is a connection need a conversation.
    if (target !== undefined && "user" in target) this.#openConversation(target);
    client.on("state", (state) => this.#onState(state));
    client.on("entries", ({ conversation, entries }) => this.#onEntries(conversation, entries));
    client.on("reset", ({ conversation }) => this.#onReset(conversation));
    client.on("rejected", ({ error }) => this.#fail(`not done: ${error.message}`));
    client.on("error", (error) => {
      // `startClient` reports an unreachable server.
      if (error.code !== "unreachable") printer.error(error.message);
    });
  }

  /** Executes a line after all earlier ones. */
  execute(line: string): void {
    this.#work = this.#work.then(() => this.#execute(parseInput(line)));
  }

  /** Resolves to the exit code when all lines so far are executed and acknowledged. */
  async finished(): Promise<number> {
    for (let work: Promise<void> | undefined; work !== this.#work; ) {
      work = this.#work;
      await work;
    }
    const { client, interactive, printer } = this.#options;
    const waiting = client.pending().length;
    if (waiting > 0 && interactive)
      printer.info(
        `waiting for ${waiting} ${waiting === 1 ? "message" : "messages"} to be sent; Ctrl+C exits without waiting`,
      );
    await untilSent(client);
    // A person has read the errors; a script sees only the exit code.
    return this.#failures > 0 && !interactive ? 1 : 0;
  }

  #execute(input: Input): void | Promise<void> {
    const { printer } = this.#options;
    switch (input.do) {
      case "send":
        return this.#send(input.text);
      case "open":
        return this.#openByName(input.name);
      case "list":
        return this.#printList();
      case "history":
        return this.#open === undefined ? printer.info("no older messages") : this.#open.printOlder();
      case "members":
        return this.#printMembers();
      case "numbers":
        this.#numbers = !this.#numbers;
        return printer.info(this.#numbers ? "numbers on" : "numbers off");
      case "help":
        for (const line of formatCommands()) printer.info(line);
        return;
      case "invalid":
        return this.#fail(input.reason);
      case "quit":
      case "nothing":
        return;
      default:
        return this.#runAction(input);
    }
  }

  #send(text: string): void {
    if (this.#open === undefined) {
      this.#fail("not sent: open a conversation first: /to <user>");
      return;
    }
    const closed = whyClosed(this.#open.conversation);
    if (closed !== undefined) {
      this.#fail(`not sent: ${closed}`);
      return;
    }
    try {
      this.#open.conversation.send(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(`not sent: ${error.message}`);
    }
  }

  #runAction(action: Action): Promise<void> {
    const { client, printer } = this.#options;
    const conversation = this.#open?.conversation;
    return this.#attempt(async () => {
      const { message, opened } = await runCommand(action, { client, conversation });
      if (message !== undefined) printer.info(message);
      if (opened?.id !== undefined) this.#openAndPrint(opened.id);
    });
  }

  #printMembers(): void | Promise<void> {
    const { client, printer } = this.#options;
    const conversation = this.#open?.conversation;
    if (conversation === undefined)
      return this.#fail("open a conversation first: /open <user, title or number>");
    return this.#attempt(async () => {
      const members = await allMembers(conversation);
      const lines = formatMembers(members, client.presence.getSnapshot(), this.#style());
      for (const line of lines) printer.print(line);
    });
  }

  #attempt(work: () => Promise<void>): Promise<void> {
    return attempt(work, (reason) => this.#fail(reason));
  }

  #openByName(name: string): void {
    const found = findConversation(name, this.#options.client.inbox.getSnapshot());
    if ("error" in found) this.#fail(found.error);
    else this.#openAndPrint(found.recipient);
  }

  #openAndPrint(recipient: Recipient): void {
    void this.#openConversation(recipient).printRecent();
  }

  #openConversation(recipient: Recipient): ConversationPrinter {
    const { client, printer, interactive } = this.#options;
    this.#open?.close();
    this.#open = new ConversationPrinter(openConversation(client, recipient), {
      printer,
      style: () => this.#style(),
      marksRead: interactive,
    });
    return this.#open;
  }

  #printList(): void {
    const { client, printer } = this.#options;
    const list = client.inbox.getSnapshot();
    if (list.length === 0) printer.info("no conversations yet; /to <user> starts one");
    for (const row of formatList(list, client.presence.getSnapshot(), this.#style())) printer.print(row);
  }

  #onState(state: ClientState): void {
    const { printer } = this.#options;
    // Reported once for an outage: neither failed retries nor a connection replaced in time are news.
    if (state === "offline" && this.#started && !this.#reportedOffline) {
      this.#reportedOffline = true;
      printer.info("offline – reconnecting");
    } else if (state === "online" && !this.#started) this.#start();
    else if (state === "online" && this.#reportedOffline) {
      this.#reportedOffline = false;
      printer.info("back in sync");
    }
  }

  #start(): void {
    const { client, target, user, onInvalidTarget, printer } = this.#options;
    this.#started = true;
    printer.info(`signed in as ${user}`);
    this.#printList();
    try {
      if (target !== undefined) this.#openAndPrint(resolveTarget(target, client));
    } catch (error) {
      onInvalidTarget(error as Error);
    }
    this.#inSync.resolve();
  }

  #onEntries(conversation: string, entries: readonly Entry[]): void {
    // Entries of the first sync are not news; `#start` prints the relevant ones.
    if (!this.#started) return;
    const { client, user, printer } = this.#options;
    if (conversation === this.#open?.conversation.id) {
      const statusOf = ({ sender }: Entry) => (sender === user ? ("sent" as const) : undefined);
      this.#open.print(entries.map((entry) => ({ ...entry, status: statusOf(entry) })));
      return;
    }
    const info = client.conversations.find((each) => each.conversation === conversation);
    if (info === undefined || info.muted) return;
    for (const entry of entries) printer.print(formatAnnouncement(entry, info, this.#style()));
  }

  #onReset(conversation: string): void {
    const { client, printer } = this.#options;
    if (conversation === this.#open?.conversation.id) this.#open.reset();
    printer.info(
      `[${openConversationName(openConversation(client, conversation))}] some messages are no longer on the server`,
    );
  }

  #style(): Style {
    const { palette, user, nowMs } = this.#options;
    return { palette, user, nowMs: nowMs(), numbers: this.#numbers };
  }

  #fail(reason: string): void {
    this.#failures += 1;
    this.#options.printer.error(reason);
  }
}
