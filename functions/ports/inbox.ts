import type { Role } from "../../protocol/index.ts";
import type { Head, SeqRange } from "./conversation-log.ts";

export interface InboxRow {
  readonly conversation: string;
  /** The other side of a direct conversation. */
  readonly peer?: string | undefined;
  readonly role: Role;
  /** What the user can read of it. */
  readonly ranges: readonly SeqRange[];
  /** The user has read everything up to here, has been delivered everything up to there; absent: nothing. */
  readonly readSeq?: number | undefined;
  readonly deliveredSeq?: number | undefined;
  readonly muted?: boolean | undefined;
  /** The other side of a direct conversation has blocked the user. */
  readonly blocked?: boolean | undefined;
  /** The user has blocked the other side. */
  readonly blocking?: boolean | undefined;
  /** Nothing was said in it yet: a block made it. */
  readonly silent?: boolean | undefined;
  /** The conversation was seen to have too many members for receipts and typing to be pushed. */
  readonly quiet?: boolean | undefined;
  /** How long the user keeps entries in sight; undefined: as long as they are there. */
  readonly keepSeconds?: number | undefined;
}

export interface InboxPage {
  readonly rows: readonly InboxRow[];
  /** The conversation with which the next page begins, if there is one. */
  readonly next: string | undefined;
}

/** Names one row. */
export interface InboxKey {
  readonly user: string;
  readonly conversation: string;
}

/** What the user sets of a row; `undefined` leaves as is, `null` takes away. */
export interface InboxSettings {
  /** Back to the end of the log; forward is `advance`. */
  readonly readSeq?: number;
  readonly deliveredSeq?: number;
  readonly quiet?: boolean | null;
  readonly keepSeconds?: number | null;
}

/** The conversations of a user, and the heads of many conversations at once. Strongly consistent. */
export interface Inbox {
  /** Rows in the order of the conversation ids, beginning with `from` (inclusive). */
  list(
    user: string,
    page: { from: string | undefined; limit: number },
    signal: AbortSignal,
  ): Promise<InboxPage>;

  /** The rows of these keys, in their order; undefined where there is none. */
  rows(keys: readonly InboxKey[], signal: AbortSignal): Promise<(InboxRow | undefined)[]>;

  /** Heads by conversation id, at most 100 asked at once; a missing conversation is missing in the map. */
  heads(conversations: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Head>>;

  /**
   * Moves a cursor forward; it never goes back. Returns the row after it, or undefined where there is none or the
   * cursor is there already or further.
   */
  advance(
    key: InboxKey,
    cursor: { readonly kind: "read" | "delivered"; readonly seq: number },
    signal: AbortSignal,
  ): Promise<InboxRow | undefined>;

  /** False: there is no such row. */
  set(key: InboxKey, settings: InboxSettings, signal: AbortSignal): Promise<boolean>;
}
