import type { Entry, ErrorCode, HistoryPolicy, Preview, Role } from "../../protocol/index.ts";

/** What became of one entry of a frame: its place in the log, or the code it was refused with. */
export type EntryOutcome = { readonly seq: number } | { readonly refused: ErrorCode };

/** A frame that has been decided; a redelivery of it gets the same outcome again. */
export interface FrameOutcome {
  /** Digest of the frame id. */
  readonly frame: string;
  /** One per entry of the frame, in its order; one for a frame that is a control. */
  readonly outcomes: readonly EntryOutcome[];
}

export type ConversationKind = "direct" | "group";

/** The newest state of a conversation; may lag behind its segments after a crash, never run ahead of them. */
export interface Head {
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  /** What newcomers of a group may read. */
  readonly history: HistoryPolicy;
  readonly createdAtMs: number;
  readonly epoch: number;
  /** `lastSeq` when the epoch began: up to here the log is the same in the epoch before. */
  readonly epochBase: number;
  readonly lastSeq: number;
  /** `sentAtMs` of the last entry. */
  readonly updatedAtMs: number;
  readonly preview: Preview | undefined;
  /** The frames decided last, oldest first. */
  readonly decided: readonly FrameOutcome[];
  /** Raised whenever a member row changes: what was read of members at another version is of no use. */
  readonly membersVersion: number;
  /** Members now. */
  readonly memberCount: number;
  readonly ownerCount: number;
  /** How long entries appended from now on are kept; undefined: for ever. */
  readonly retentionSeconds?: number | undefined;
  /** Entries sent before this are hidden for good: what an earlier, shorter retention hid. */
  readonly keptFromMs?: number | undefined;
  /** Entries sent up to `untilMs` are kept so long only: some of them were appended under that shorter retention. */
  readonly shorter?: { readonly seconds: number; readonly untilMs: number } | undefined;
  /** Token bucket of the conversation: how many entries it may still take, as of `atMs`. */
  readonly bucket?: { readonly tokens: number; readonly atMs: number } | undefined;
}

/** First and last readable seq; no last: still a member. */
export type SeqRange = readonly [from: number, to?: number];

export interface Member {
  readonly user: string;
  readonly role: Role;
  /** Ascending and apart; the last one is open while the user is a member. */
  readonly ranges: readonly SeqRange[];
  /** The other side of the direct conversation has blocked this user. */
  readonly blocked?: boolean | undefined;
  /** Wants no `message.undelivered`. */
  readonly muted?: boolean | undefined;
}

export interface Conversation {
  readonly head: Head;
  /** Former members too. */
  readonly members: readonly Member[];
  /** Are these all? Of a large group only those asked for are read. */
  readonly complete: boolean;
}

/** Entries appended together, with consecutive seqs, and the frames decided with them. */
export interface Segment {
  readonly entries: readonly Entry[];
  readonly decided: readonly FrameOutcome[];
  /** From then on it counts as deleted, whether the store still has it or not. */
  readonly expiresAtMs?: number | undefined;
}

export interface SegmentPage {
  readonly segments: readonly Segment[];
  /** False when the store's page ended before the range did. */
  readonly complete: boolean;
}

/** What changes at once, or not at all. */
export interface Change {
  /** Makes the conversation: there must be none yet. Otherwise the head moves forward. */
  readonly creates: boolean;
  /** As it is after the change. */
  readonly head: Head;
  /** Appended; without one, `head.lastSeq` must still be the end of the log, and `head.membersVersion` be new. */
  readonly segment: Segment | undefined;
  /** Members as they are after the change, those that it changes; their inbox rows follow. */
  readonly members: readonly Member[];
  /** Segments of the log as they are after the change. */
  readonly rewritten: readonly Segment[];
}

export interface MemberPage {
  readonly members: readonly Member[];
  /** Where to go on, if there are more. */
  readonly next: string | undefined;
}

/** Members are spread evenly over so many buckets, by a hash of their id. */
export const MEMBER_BUCKETS = 256;

/**
 * The durable log of every conversation. All reads are strongly consistent. Every call ends within the
 * adapter's timeout or when `signal` aborts, by throwing; a write that threw may still have happened.
 */
export interface ConversationLog {
  /** Head, and all members or at least those of `users`; the head is read before the members. */
  read(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined>;

  /**
   * A page of members, former ones too, in the order of their buckets and within a bucket of their ids; from
   * `fromBucket` to `toBucket` inclusive, after the user `after`.
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
   * The segments that hold entries with `fromSeq <= seq <= toSeq`, ascending; the first may begin earlier.
   * At most one page of the store (1 MB) and about `maxSegments`, counted from `fromSeq`. `atBoundary`: no segment
   * that begins earlier holds `fromSeq`, which saves looking for one.
   */
  readForward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments?: number; atBoundary?: boolean },
    signal: AbortSignal,
  ): Promise<SegmentPage>;

  /** As {@link readForward}, but counted back from `toSeq`; still returned ascending. */
  readBackward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments: number },
    signal: AbortSignal,
  ): Promise<SegmentPage>;

  /** Appends atomically. False: the place of its first entry is taken. */
  append(conversation: string, segment: Segment, signal: AbortSignal): Promise<boolean>;

  /**
   * Changes head, members, inbox rows and segments together, all or nothing. False: the log does not end any more
   * where the change begins, or exists already; without a segment, also when its members have changed meanwhile. At
   * most 90 rows (a member counts twice).
   */
  change(conversation: string, change: Change, signal: AbortSignal): Promise<boolean>;

  /** Moves the head forward. False: it is there already or further, or in a newer epoch. */
  advance(conversation: string, head: Head, signal: AbortSignal): Promise<boolean>;

  /** Sets whether a member wants `message.undelivered`, in its rows. False: was never a member. */
  mute(conversation: string, user: string, muted: boolean, signal: AbortSignal): Promise<boolean>;
}
