import { ClientError, type Conversation, type TimelineEntry } from "../../client/src/index.ts";
import { formatEntry, nameColumnWidth } from "../format/entry.ts";
import { type OpenConversation, openConversationName } from "../session/conversations.ts";
import type { Style } from "../text/palette.ts";
import type { LinePrinter } from "./line-printer.ts";

const RECENT = 10;
const HISTORY_PAGE = 20;

export interface ConversationPrinterOptions {
  readonly printer: LinePrinter;
  readonly style: () => Style;
  /** Marks printed entries as read. */
  readonly marksRead: boolean;
}

/** Prints the open conversation. Printed lines never change, and older entries can be printed later. */
export class ConversationPrinter {
  readonly #open: OpenConversation;
  readonly #options: ConversationPrinterOptions;
  readonly #stop: () => void;
  /** Sequence number of the oldest printed entry. */
  #oldestPrintedSeq = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(open: OpenConversation, options: ConversationPrinterOptions) {
    this.#open = open;
    this.#options = options;
    // A subscribed view keeps its entries.
    this.#stop = open.conversation.view.subscribe(() => {});
  }

  get conversation(): Conversation {
    return this.#open.conversation;
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  /** Prints the newest entries. Loads them first if only the list is known, as of most of many conversations. */
  async printRecent(): Promise<void> {
    const { printer } = this.#options;
    const name = openConversationName(this.#open);
    if (this.#olderEntries.length === 0 && this.conversation.view.getSnapshot().more) {
      if (!(await this.#tryLoadOlder()))
        return printer.error(`messages with ${name} cannot be loaded right now`);
      if (this.#isClosed) return;
    }
    const entries = this.#olderEntries.slice(-RECENT);
    printer.info(entries.length === 0 ? `no messages with ${name} yet` : `with ${name}:`);
    this.print(entries);
  }

  print(entries: readonly TimelineEntry[]): void {
    const { printer, style, marksRead } = this.#options;
    this.#oldestPrintedSeq = Math.min(this.#oldestPrintedSeq, entries[0]?.seq ?? Number.POSITIVE_INFINITY);
    const { recipient, conversation } = this.#open;
    const peer =
      conversation.view.getSnapshot().info?.peer ?? (typeof recipient === "object" ? recipient.user : "");
    const width = nameColumnWidth([peer, ...entries.map(({ sender }) => sender)], style().user);
    for (const entry of entries) printer.print(formatEntry(entry, width, style()));
    if (marksRead) conversation.markRead();
  }

  async printOlder(): Promise<void> {
    const { printer } = this.#options;
    if (!(await this.#tryLoadOlder()) && this.#olderEntries.length === 0) {
      return printer.error("older messages cannot be loaded right now");
    }
    const entries = this.#olderEntries.slice(-HISTORY_PAGE);
    if (entries.length === 0) return printer.info("no older messages");
    printer.info("older:");
    this.print(entries);
    printer.info("—");
  }

  /** Forgets what has been printed, because the server no longer has all of it. */
  reset(): void {
    this.#oldestPrintedSeq = Number.POSITIVE_INFINITY;
  }

  /** Returns false if entries cannot be loaded now. */
  async #tryLoadOlder(): Promise<boolean> {
    const { conversation } = this.#open;
    try {
      while (this.#olderEntries.length < HISTORY_PAGE && conversation.view.getSnapshot().more) {
        await conversation.loadOlder(HISTORY_PAGE);
      }
      return true;
    } catch (error) {
      if (error instanceof ClientError) return false;
      throw error;
    }
  }

  /** Loaded entries older than the printed ones. */
  get #olderEntries(): readonly TimelineEntry[] {
    return confirmedEntries(this.conversation).filter(({ seq = 0 }) => seq < this.#oldestPrintedSeq);
  }
}

function confirmedEntries(conversation: Conversation): readonly TimelineEntry[] {
  return conversation.view.getSnapshot().entries.filter(({ seq }) => seq !== undefined);
}
