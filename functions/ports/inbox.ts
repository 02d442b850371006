import type { Role } from "../../protocol/index.ts";
import type { Head, SeqRange } from "./conversation-log.ts";

export interface InboxRow {
  readonly conversation: string;
  /** The other side of a direct conversation. */
  readonly peer?: string | undefined;
  readonly role: Role;
  /** Seqs the user can read. */
  readonly ranges: readonly SeqRange[];
  /** The user has read up to `readSeq`, and has been delivered up to `deliveredSeq`; absent: nothing. */
  readonly readSeq?: number | undefined;
  readonly deliveredSeq?: number | undefined;
  readonly muted?: boolean | undefined;
  /** The other side of a direct conversation has blocked the user. */
  readonly blocked?: boolean | undefined;
  /** The user has blocked the other side. */
  readonly blocking?: boolean | undefined;
  /** The user has written content in the conversation since they became a member. */
  readonly spoken?: boolean | undefined;
  /** The other side of a direct conversation has. */
  readonly peerSpoken?: boolean | undefined;
  /** User who made this one a member of the group; absent for its creator. */
  readonly addedBy?: string | undefined;
  /** The conversation has no entries yet: a block created it. */
  readonly silent?: boolean | undefined;
  /** The conversation had too many members for receipts and typing to be pushed. */
  readonly quiet?: boolean | undefined;
  /** Time entries stay visible to the user; undefined: as long as they are stored. */
  readonly keepSeconds?: number | undefined;
  /** The user is being erased, and the log says so with the entry at this seq. */
  readonly erasedSeq?: number | undefined;
  /** Time of the last write of the row, whatever it changed; absent: before this was noted. */
  readonly changedAtMs?: number | undefined;
}

export interface InboxPage {
  readonly rows: readonly InboxRow[];
  /** First conversation of the next page, if there is one. */
  readonly next: string | undefined;
}

/** Rows to list: at most `limit`, from this conversation on. */
export interface InboxRange {
  readonly from: string | undefined;
  readonly limit: number;
}

/** Identifies one row. */
export interface InboxKey {
  readonly user: string;
  readonly conversation: string;
}

/** Settings of a row; `undefined` leaves a value as it is, `null` removes it. */
export interface InboxSettings {
  /** Moves the cursor back to the end of the log; `advance` moves it forward. */
  readonly readSeq?: number;
  readonly deliveredSeq?: number;
  readonly quiet?: boolean | null;
  readonly keepSeconds?: number | null;
}

/**
 * The conversations of a user, and the heads of many conversations at once. Reads are strongly consistent. Whatever
 * writes a row, of this port or of the log, sets its `changedAtMs`.
 */
export interface Inbox {
  /** Lists rows ordered by conversation id, beginning with `from` (inclusive). */
  list(user: string, page: InboxRange, signal: AbortSignal): Promise<InboxPage>;

  /** Reads the rows of these keys, in the same order; undefined where there is none. */
  rows(keys: readonly InboxKey[], signal: AbortSignal): Promise<(InboxRow | undefined)[]>;

  /** Reads heads by conversation id, at most 100 at once. A missing conversation is absent from the map. */
  heads(conversations: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Head>>;

  /**
   * Moves a cursor forward; it never goes back. Returns the updated row, or undefined if there is no row or the
   * cursor is already there or further.
   */
  advance(
    key: InboxKey,
    cursor: { readonly kind: "read" | "delivered"; readonly seq: number },
    signal: AbortSignal,
  ): Promise<InboxRow | undefined>;

  /** Changes settings of a row. Returns false if there is no such row. */
  set(key: InboxKey, settings: InboxSettings, signal: AbortSignal): Promise<boolean>;

  /**
   * Deletes a row that still has these ranges. Returns false if it has others, or is not there. What the user has
   * written in the conversation is still found by `forgotten`.
   */
  forget(key: InboxKey, ranges: readonly SeqRange[], signal: AbortSignal): Promise<boolean>;

  /** Lists the forgotten conversations of a user like {@link list}. The rows have role and ranges alone. */
  forgotten(user: string, page: InboxRange, signal: AbortSignal): Promise<InboxPage>;

  /** Undoes {@link forget}. Does nothing if the user has a row of the conversation again. */
  recall(key: InboxKey, signal: AbortSignal): Promise<void>;

  /** Removes `addedBy` from a row in which it names this user. */
  removeAdder(key: InboxKey, adder: string, signal: AbortSignal): Promise<void>;

  /** Deletes a row, however it is, if it still has these ranges. Leaves no trace of it. Returns false like {@link forget}. */
  remove(key: InboxKey, ranges: readonly SeqRange[], signal: AbortSignal): Promise<boolean>;
}
