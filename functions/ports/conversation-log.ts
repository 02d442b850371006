import type { Entry, ErrorCode, HistoryPolicy, Preview, Role } from "../../protocol/index.ts";

/** Outcome of one entry of a frame: its seq in the log, or the code of the refusal. */
export type EntryOutcome = { readonly seq: number } | { readonly refused: ErrorCode };

/** Outcome of a decided frame. A redelivery of the frame gets the same outcome again. */
export interface FrameOutcome {
  /** Digest of the frame id. */
  readonly frame: string;
  /** One for each entry of the frame, in its order; one for a control. */
  readonly outcomes: readonly EntryOutcome[];
}

export type ConversationKind = "direct" | "group";

/** Newest state of a conversation. After a crash it may lag behind its segments; it never runs ahead of them. */
export interface Head {
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  /** History that newcomers of a group may read. */
  readonly history: HistoryPolicy;
  readonly createdAtMs: number;
  readonly epoch: number;
  /** `lastSeq` when the epoch began: up to it the log is the same as in the previous epoch. */
  readonly epochBase: number;
  readonly lastSeq: number;
  /** `sentAtMs` of the last entry. */
  readonly updatedAtMs: number;
  readonly preview: Preview | undefined;
  /** Deduplication window: outcomes of the frames decided last, oldest first. */
  readonly decided: readonly FrameOutcome[];
  /** Raised whenever a member row changes: member rows read at another version are not valid. */
  readonly membersVersion: number;
  /** Number of current members. */
  readonly memberCount: number;
  readonly ownerCount: number;
  /** Time that entries appended from now on are kept; undefined: for ever. */
  readonly retentionSeconds?: number | undefined;
  /** Entries sent before this are hidden for good, because an earlier, shorter retention hid them. */
  readonly keptFromMs?: number | undefined;
  /** Shorter retention of entries sent up to `untilMs`, because some of them were appended under it. */
  readonly shorter?: { readonly seconds: number; readonly untilMs: number } | undefined;
  /** Token bucket of the conversation: entries it may still take, as of `atMs`. */
  readonly bucket?: { readonly tokens: number; readonly atMs: number } | undefined;
}

/** First and last readable seq. Without a last one the user is still a member. */
export type SeqRange = readonly [from: number, to?: number];

export interface Member {
  readonly user: string;
  readonly role: Role;
  /** Ascending, with gaps between them. The last one is open while the user is a member. */
  readonly ranges: readonly SeqRange[];
  /** The other side of the direct conversation has blocked this user. */
  readonly blocked?: boolean | undefined;
  /** Wants no `message.undelivered`. */
  readonly muted?: boolean | undefined;
}

export interface Conversation {
  readonly head: Head;
  /** Includes former members. */
  readonly members: readonly Member[];
  /** False if only the requested members of a large group were read. */
  readonly complete: boolean;
}

/** Entries appended together, with consecutive seqs, and the outcomes of the frames decided with them. */
export interface Segment {
  readonly entries: readonly Entry[];
  readonly decided: readonly FrameOutcome[];
  /** After this time the segment counts as deleted, even if the store still has it. */
  readonly expiresAtMs?: number | undefined;
}

export interface SegmentPage {
  readonly segments: readonly Segment[];
  /** False when the store's page ended before the range did. */
  readonly complete: boolean;
}

/** A change that is made atomically. */
export interface Change {
  /** True to create the conversation, which must not exist yet. Otherwise the head moves forward. */
  readonly creates: boolean;
  /** Head after the change. */
  readonly head: Head;
  /**
   * Segment to append. Without one, `head.lastSeq` must still be the end of the log, and `head.membersVersion` be new.
   */
  readonly segment: Segment | undefined;
  /** Changed members, in their state after the change. Their inbox rows follow. */
  readonly members: readonly Member[];
  /** Rewritten segments, in their state after the change. */
  readonly rewritten: readonly Segment[];
}

export interface MemberPage {
  readonly members: readonly Member[];
  /** Position of the next page, if there is one. */
  readonly next: string | undefined;
}

/** Number of buckets over which members are spread evenly, by a hash of their id. */
export const MEMBER_BUCKETS = 256;

/**
 * The durable log of every conversation. All reads are strongly consistent. Every call ends within the adapter's
 * timeout or when `signal` aborts, by throwing; a write that threw may still have happened.
 */
export interface ConversationLog {
  /** Reads the head and all members, or at least the members among `users`. The head is read before the members. */
  read(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined>;

  /**
   * Reads a page of members and former members, ordered by bucket and then by id: from `fromBucket` to `toBucket`
   * inclusive, after the user `after`.
   */
  members(
    conversation: string,
    page: {
      readonly fromBucket?: number;
      readonly toBucket?: number;
      readonly after?: string | undefined;
      readonly limit: number;
    },
    signal: AbortSignal,
  ): Promise<MemberPage>;

  /**
   * Reads the segments with entries of `fromSeq <= seq <= toSeq`, ascending; the first may begin earlier. At most one
   * page of the store (1 MB) and about `maxSegments`, counted from `fromSeq`. `atBoundary` says that no segment with
   * `fromSeq` begins earlier, which saves the search for one.
   */
  readForward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments?: number; atBoundary?: boolean },
    signal: AbortSignal,
  ): Promise<SegmentPage>;

  /** Like {@link readForward}, but counted back from `toSeq`. Segments are still ascending. */
  readBackward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments: number },
    signal: AbortSignal,
  ): Promise<SegmentPage>;

  /** Appends atomically. Returns false if the seq of its first entry is taken. */
  append(conversation: string, segment: Segment, signal: AbortSignal): Promise<boolean>;

  /**
   * Changes head, members, inbox rows and segments atomically. Returns false if the log no longer ends where the change
   * begins, or if a conversation to create exists; without a segment, also if members have changed meanwhile. At most
   * 90 rows (a member counts twice).
   */
  change(conversation: string, change: Change, signal: AbortSignal): Promise<boolean>;

  /** Moves the head forward. Returns false if it is already there or further, or in a newer epoch. */
  advance(conversation: string, head: Head, signal: AbortSignal): Promise<boolean>;

  /** Sets in a member's rows whether they want `message.undelivered`. Returns false if the user was never a member. */
  mute(conversation: string, user: string, muted: boolean, signal: AbortSignal): Promise<boolean>;
}
