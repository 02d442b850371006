import type { Head, Member } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import type { SegmentFacts } from "./log-facts.ts";

/** Items of one conversation, as the doctor judges them. */
export interface StoredConversation {
  readonly conversation: string;
  readonly head: Head | undefined;
  readonly members: readonly Member[];
  /** Ascending by first seq. */
  readonly segments: readonly SegmentFacts[];
  /** Inbox rows by user: of the members, of those the log names, and of those the doctor was told of. */
  readonly rows: ReadonlyMap<string, InboxRow>;
  /** Sort keys of items with an unknown schema number, or that do not parse. */
  readonly unreadable: readonly string[];
}
