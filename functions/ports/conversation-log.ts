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

/**
 * State of a conversation, and the newest entries of its log: `tail` is the end of the log, and every entry before it
 * is in a segment. All writes of a conversation are conditional on `version`, so no head lags behind its log.
 */
export interface Head {
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  /** User who gave the group its title. */
  readonly titleBy?: string | undefined;
  /** History that newcomers of a group may read. */
  readonly history: HistoryPolicy;
  readonly createdAtMs: number;
  readonly epoch: number;
  /** `lastSeq` when the epoch began: up to it the log is the same as in the previous epoch. */
  readonly epochBase: number;
  /** Raised by every write; see core/log/head-version.ts. */
  readonly version: string;
  /** Seq of the first entry of `tail`, or of the next entry if the tail is empty. */
  readonly tailFirst: number;
  /** The newest entries, up to `lastSeq`, ascending. */
  readonly tail: readonly Entry[];
  readonly lastSeq: number;
  /** True if the tail is large enough for a segment: the next write moves entries from it into one. */
  readonly flushDue?: boolean | undefined;
  /** `sentAtMs` of the last entry. */
  readonly updatedAtMs: number;
  readonly preview: Preview | undefined;
  /** Deduplication window: outcomes of the queue's frames decided last, oldest first. */
  readonly decided: readonly FrameOutcome[];
  /** Until then direct writers leave the conversation to the queue, which is busy with it. The time of its last write, or later. */
  readonly queuedUntilMs?: number | undefined;
  /** Events about entries up to this one are published, or will be; absent: unknown. */
  readonly announcedSeq?: number | undefined;
  /** Raised whenever a member row changes: member rows read at another version are not valid. */
  readonly membersVersion: number;
  /** Number of current members. */
  readonly memberCount: number;
  readonly ownerCount: number;
  /** When a side of a direct conversation was erased, until somebody comes by that name again. */
  readonly vacatedAtMs?: number | undefined;
  /**
   * Earlier periods of a direct conversation, ascending, whose entries are kept by another retention than those after
   * them. A change never hides there what the other side could read. A group has none: its retention is for all entries.
   */
  readonly periods?: readonly RetentionPeriod[] | undefined;
  /** Time that entries appended from now on are kept; undefined: for ever. */
  readonly retentionSeconds?: number | undefined;
  /** Entries sent before this are hidden for good, because an earlier, shorter retention hid them. */
  readonly keptFromMs?: number | undefined;
  /** Shorter retention of entries sent up to `untilMs`, because some of them were appended under it. */
  readonly shorter?: { readonly seconds: number; readonly untilMs: number } | undefined;
  /**
   * As of `atMs`: `tokens` are the entries the conversation may still take (a large one takes several), `pace` the writes it may still take before
   * they come too fast for direct writers.
   */
  readonly bucket?: { readonly tokens: number; readonly pace: number; readonly atMs: number } | undefined;
  /**
   * Entries that a restored table lacks for good, ascending. Only the doctor sets it, after it has looked: readers hide
   * what is before such a hole without reporting it.
   */
  readonly missing?: readonly MissingRange[] | undefined;
}

/** Entries up to `lastSeq`, after those of the period before. */
export interface RetentionPeriod {
  readonly lastSeq: number;
  readonly lastSentAtMs: number;
  /** Time that they are kept; undefined: for ever; 0: all of them have expired. */
  readonly seconds?: number | undefined;
}

/** First and last seq, both inclusive, of entries that are lost. */
type MissingRange = readonly [from: number, to: number];

/** First and last readable seq. Without a last one the user is still a member. */
export type SeqRange = readonly [from: number, to?: number];

export interface Member {
  readonly user: string;
  readonly role: Role;
  /** Ascending, with gaps between them. The last one is open while the user is a member. */
  readonly ranges: readonly SeqRange[];
  /** The other side of the direct conversation has blocked this user. */
  readonly blocked?: boolean | undefined;
  /** Has written content since they became a member. */
  readonly spoken?: boolean | undefined;
  /** Wants no `message.undelivered`. */
  readonly muted?: boolean | undefined;
}

export interface Conversation {
  readonly head: Head;
  /** Members, and those former members that are needed to decide or push something. */
  readonly members: readonly Member[];
  /** False if only the requested members of a large group were read. */
  readonly complete: boolean;
}

/** Entries with consecutive seqs that have left the head. */
export interface Segment {
  readonly entries: readonly Entry[];
  /** Version of the head that this segment was written from, or together with. */
  readonly headVersion: string;
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
  /** Head that the change was planned on; undefined to create the conversation. */
  readonly before: Head | undefined;
  readonly after: Head;
  /** New segments, and rewritten ones in their state after the change. */
  readonly segments: readonly Segment[];
  /**
   * Changed members, in their state after the change; of a direct conversation both. Their inbox rows follow. The member row of a former member is
   * deleted: their ranges are in their inbox row only.
   */
  readonly members: readonly Member[];
  /** Changed members who join with the entry at this seq: the entries before it count as read by them. */
  readonly joined?: ReadonlyMap<string, number> | undefined;
  /** Changed members who were made members of a group, by the user who did that. */
  readonly addedBy?: ReadonlyMap<string, string> | undefined;
  /** User whose account is gone: the other side of a direct conversation gets this tombstone for a peer. */
  readonly erased?: { readonly user: string; readonly tombstone: string } | undefined;
  /** Ranges that the inbox rows of changed users must still have; undefined: there must be no row. */
  readonly earlierRanges?: ReadonlyMap<string, readonly SeqRange[] | undefined>;
}

/** Result of a conditional write. A lost race brings the head that won it, if the store tells. */
export type WriteResult =
  | { readonly done: true }
  | { readonly done: false; readonly head?: Head | undefined };

export interface MemberPage {
  readonly members: readonly Member[];
  /** Position of the next page, if there is one. */
  readonly next: string | undefined;
}

/** Number of buckets over which members are spread evenly, by a hash of their id. */
export const MEMBER_BUCKETS = 256;

/**
 * Error that does not pass by itself. `frame`: the frame cannot be stored, whatever else happens. `defect`: our code or
 * a stored item is wrong, and the frame may be committed once that is mended.
 */
export type Fault = "frame" | "defect";

/**
 * The durable log of every conversation. All reads are strongly consistent. Every call ends within the adapter's
 * timeout or when `signal` aborts, by throwing; a write that threw may still have happened.
 *
 * A reader of the log takes the head first, then the segments below its `tailFirst`: together they are the log as it
 * was when the head was read, whatever is written meanwhile.
 */
export interface ConversationLog {
  /** Reads the head and all members, or at least the members among `users`. The head is read before the members. */
  read(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined>;

  /**
   * Reads a page of members, ordered by bucket and then by id: from `fromBucket` to `toBucket` inclusive, after the
   * user `after`, and not beyond the user `until`.
   */
  members(
    conversation: string,
    page: {
      readonly fromBucket?: number;
      readonly toBucket?: number;
      readonly after?: string | undefined;
      readonly until?: string | undefined;
      readonly limit: number;
    },
    signal: AbortSignal,
  ): Promise<MemberPage>;

  /**
   * Reads the segments with entries of `fromSeq <= seq <= toSeq`, ascending; the first may begin earlier. At most one
   * page of the store (1 MB) and about `maxSegments`, counted from `fromSeq`.
   */
  readForward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments?: number },
    signal: AbortSignal,
  ): Promise<SegmentPage>;

  /** Like {@link readForward}, but counted back from `toSeq`. Segments are still ascending. */
  readBackward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments: number },
    signal: AbortSignal,
  ): Promise<SegmentPage>;

  /**
   * Puts the first entries of a tail into their segment, where there is none or one of an older head. Returns the last
   * seq of the segment that stands there for this head version; undefined if a newer head has written one.
   */
  flush(conversation: string, segment: Segment, signal: AbortSignal): Promise<number | undefined>;

  /** Returns the bytes of a head as the store bills them. */
  storedBytes(conversation: string, head: Head): number;

  /** Replaces the head `before` by `after`, if it still has the version of `before`. */
  update(conversation: string, before: Head, after: Head, signal: AbortSignal): Promise<WriteResult>;

  /**
   * Changes head, segments, members and inbox rows atomically, if the head still has the version of `before`, or, if
   * `before` is undefined, if there is none; and if the inbox rows have their `earlierRanges`. At most 90 rows (a member counts twice).
   */
  change(conversation: string, change: Change, signal: AbortSignal): Promise<WriteResult>;

  /**
   * Notes in the head that the events about the entries up to this one are published. Moves forward only, and is the
   * one write of a head that changes no version.
   */
  announced(conversation: string, seq: number, signal: AbortSignal): Promise<void>;

  /** Sets in a member's rows whether they want `message.undelivered`. Returns false if the user is no member. */
  mute(conversation: string, user: string, muted: boolean, signal: AbortSignal): Promise<boolean>;
}
