import { ClientError, type Conversation, type TimelineEntry } from "../../client/src/index.ts";
import { formatEntry, nameWidthOf } from "../format/entry.ts";
import { nameOfOpen, type OpenConversation } from "../session/conversations.ts";
import type { Style } from "../text/palette.ts";
import type { LinePrinter } from "./line-printer.ts";

const RECENT = 10;
const HISTORY_PAGE = 20;

export interface ConversationPrinterOptions {
  readonly printer: LinePrinter;
  readonly style: () => Style;
  /** What is printed is read. */
  readonly isRead: boolean;
}

/** The conversation that is open in lines: what has been printed of it stays as it is, and what is above can be had. */
export class ConversationPrinter {
  readonly room: OpenConversation;
  readonly #options: ConversationPrinterOptions;
  readonly #stop: () => void;
  /** How far up it has been printed. */
  #shownFrom = Number.POSITIVE_INFINITY;

  constructor(room: OpenConversation, options: ConversationPrinterOptions) {
    this.room = room;
    this.#options = options;
    // Of what is looked at, nothing is let go.
    this.#stop = room.conversation.view.subscribe(() => {});
  }

  close(): void {
    this.#stop();
  }

  showRecent(): void {
    const entries = settledOf(this.room.conversation).slice(-RECENT);
    const name = nameOfOpen(this.room);
    this.#options.printer.note(entries.length === 0 ? `no messages with ${name} yet` : `with ${name}:`);
    this.show(entries);
  }

  show(entries: readonly TimelineEntry[]): void {
    const { printer, style, isRead } = this.#options;
    this.#shownFrom = Math.min(this.#shownFrom, entries[0]?.seq ?? Number.POSITIVE_INFINITY);
    const { recipient, conversation } = this.room;
    const peer =
      conversation.view.getSnapshot().info?.peer ?? (typeof recipient === "object" ? recipient.user : "");
    const width = nameWidthOf([peer, ...entries.map(({ sender }) => sender)], style().user);
    for (const entry of entries) printer.print(formatEntry(entry, width, style()));
    if (isRead) conversation.markRead();
  }

  async showOlder(): Promise<void> {
    const { printer } = this.#options;
    try {
      await this.#loadOlder();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (this.#above.length === 0) return printer.complain("older messages cannot be had just now");
    }
    const entries = this.#above.slice(-HISTORY_PAGE);
    if (entries.length === 0) return printer.note("no older messages");
    printer.note("older:");
    this.show(entries);
    printer.note("—");
  }

  /** The server has less of it now. */
  forget(): void {
    this.#shownFrom = Number.POSITIVE_INFINITY;
  }

  async #loadOlder(): Promise<void> {
    const { conversation } = this.room;
    while (this.#above.length < HISTORY_PAGE && conversation.view.getSnapshot().more) {
      await conversation.loadOlder(HISTORY_PAGE);
    }
  }

  /** What lies above what has been printed. */
  get #above(): readonly TimelineEntry[] {
    return settledOf(this.room.conversation).filter(({ seq = 0 }) => seq < this.#shownFrom);
  }
}

function settledOf(conversation: Conversation): readonly TimelineEntry[] {
  return conversation.view.getSnapshot().entries.filter(({ seq }) => seq !== undefined);
}
