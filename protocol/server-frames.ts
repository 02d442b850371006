import * as v from "valibot";
import { decode } from "./decode.ts";
import { ProtocolError, wireError } from "./errors.ts";
import { Entry, ErrorShape, Preview, Seq } from "./fields.ts";

// Loose objects: a client ignores fields it does not know, so the server may add some.

const Ack = v.object({
  type: v.literal("ack"),
  conversation: v.string(),
  epoch: v.number(),
  entries: v.array(v.object({ id: v.string(), seq: Seq, sentAtMs: v.number() })),
});

const Reject = v.object({
  type: v.literal("reject"),
  conversation: v.string(),
  ids: v.array(v.string()),
  error: ErrorShape,
});

const Entries = v.object({
  type: v.literal("entries"),
  conversation: v.string(),
  epoch: v.number(),
  entries: v.array(Entry),
});

const Joined = v.object({
  type: v.literal("joined"),
  conversation: v.string(),
  /** `direct`, or a kind of a newer server. */
  kind: v.string(),
  /** The other side of a direct conversation. */
  peer: v.optional(v.string()),
  /** Of a group. */
  title: v.optional(v.string()),
  /** The first seq this user can read, now or again. */
  first: Seq,
  epoch: v.number(),
  lastSeq: Seq,
});

/** How far a member has come: `readSeq` implies `deliveredSeq`. */
const Receipt = v.object({
  type: v.literal("receipt"),
  conversation: v.string(),
  user: v.string(),
  readSeq: v.optional(Seq),
  deliveredSeq: v.optional(Seq),
});

const Typing = v.object({ type: v.literal("typing"), conversation: v.string(), user: v.string() });

/** What is known of one user. Of two the higher `version` is right; of the same, the later `expiresAtMs`. */
const known = {
  user: v.string(),
  online: v.boolean(),
  /** While online: until when to believe it. */
  expiresAtMs: v.optional(v.number()),
  lastSeenAtMs: v.optional(v.number()),
  version: v.number(),
};

const Presence = v.object({ type: v.literal("presence"), ...known });

const Pong = v.object({ type: v.literal("pong"), resync: v.optional(v.boolean()) });

const Reply = v.object({
  type: v.literal("reply"),
  id: v.string(),
  result: v.optional(v.unknown()),
  error: v.optional(ErrorShape),
});

const ErrorFrame = v.object({
  type: v.literal("error"),
  error: ErrorShape,
  id: v.optional(v.string()),
  ids: v.optional(v.array(v.string())),
  final: v.optional(v.boolean()),
});

export const SERVER_FRAMES = {
  ack: Ack,
  reject: Reject,
  entries: Entries,
  joined: Joined,
  receipt: Receipt,
  typing: Typing,
  presence: Presence,
  pong: Pong,
  reply: Reply,
  error: ErrorFrame,
} as const;

/** First and last seq that can be read, both inclusive; without a last one: still a member. */
const SeqRange = v.union([v.strictTuple([Seq]), v.strictTuple([Seq, Seq])]);

/** Where a member's cursors are. */
const MemberCursor = v.object({ user: v.string(), readSeq: Seq, deliveredSeq: Seq });

/** `result` of the reply to `sync`. */
export const SyncResult = v.object({
  conversations: v.array(
    v.object({
      conversation: v.string(),
      /** `direct`, or a kind of a newer server. */
      kind: v.string(),
      /** The other side of a direct conversation. */
      peer: v.optional(v.string()),
      /** Of a group. */
      title: v.optional(v.string()),
      memberCount: v.optional(v.number()),
      /** This user's own role in a group. */
      role: v.optional(v.string()),
      epoch: v.number(),
      /** The last seq this user can read. */
      lastSeq: Seq,
      /** The first seq this user can read. */
      first: Seq,
      /** Given when the user has not been a member all along, or is none any more. */
      ranges: v.optional(v.array(SeqRange)),
      readSeq: Seq,
      /** Others' entries after `readSeq`; one more than `LIMITS.unreadCount`: more than can be counted. */
      unread: v.number(),
      muted: v.optional(v.boolean()),
      /** How long entries are kept, and how long this user keeps them in sight. */
      retentionSeconds: v.optional(v.number()),
      keepSeconds: v.optional(v.number()),
      /** This user has blocked the other side. */
      blocking: v.optional(v.boolean()),
      /** Of the other members, in small conversations. */
      receipts: v.optional(v.array(MemberCursor)),
      preview: v.optional(Preview),
      entries: v.array(Entry),
      /** The cursor sent is of no use any more: forget what was stored and start from `entries`. */
      reset: v.optional(v.boolean()),
    }),
  ),
  /** There is more: sync again with `from: next` and the cursors as they are then. */
  next: v.optional(v.string()),
});

/** `result` of the reply to `history`. */
export const HistoryResult = v.object({
  epoch: v.number(),
  lastSeq: Seq,
  first: Seq,
  entries: v.array(Entry),
  /** Are there further entries in the direction asked for? */
  more: v.boolean(),
});

/** `result` of the reply to `members`. */
export const MembersResult = v.object({
  members: v.array(v.object({ user: v.string(), role: v.string() })),
  /** There are more: ask again with `after: next`. */
  next: v.optional(v.string()),
});

/** `result` of the reply to `receipts`. */
export const ReceiptsResult = v.object({ receipts: v.array(MemberCursor), next: v.optional(v.string()) });

/** `result` of the reply to `presence`. */
export const PresenceResult = v.object({
  users: v.array(v.object(known)),
  /** Those one may not ask about; whether they exist is not told. */
  refused: v.array(v.string()),
});

export type AckFrame = v.InferOutput<typeof Ack>;
export type RejectFrame = v.InferOutput<typeof Reject>;
export type EntriesFrame = v.InferOutput<typeof Entries>;
export type JoinedFrame = v.InferOutput<typeof Joined>;
export type ReceiptFrame = v.InferOutput<typeof Receipt>;
export type TypingPush = v.InferOutput<typeof Typing>;
export type PresenceFrame = v.InferOutput<typeof Presence>;
export type PresenceResult = v.InferOutput<typeof PresenceResult>;

export type ReplyFrame = v.InferOutput<typeof Reply>;
export type ErrorFrame = v.InferOutput<typeof ErrorFrame>;
export type ServerFrame = v.InferOutput<(typeof SERVER_FRAMES)[keyof typeof SERVER_FRAMES]>;
export type SyncResult = v.InferOutput<typeof SyncResult>;
export type SyncedConversation = SyncResult["conversations"][number];
export type MembersResult = v.InferOutput<typeof MembersResult>;
export type ReceiptsResult = v.InferOutput<typeof ReceiptsResult>;
export type HistoryResult = v.InferOutput<typeof HistoryResult>;

/**
 * Reads one frame of a server, for clients. Throws {@link ProtocolError} and nothing else; a client ignores
 * frames that fail with `unknown_type`. API Gateway's own `{message, connectionId, requestId}` becomes a
 * temporary error of the last frame.
 */
export function decodeServerFrame(text: unknown): ServerFrame {
  try {
    return decode(text, SERVER_FRAMES);
  } catch (error) {
    if (error instanceof ProtocolError && isGatewayMessage(text)) {
      return { type: "error", error: wireError("unavailable") };
    }
    throw error;
  }
}

const GatewayMessage = v.pipe(
  v.string(),
  v.parseJson(),
  v.strictObject({ message: v.string(), connectionId: v.string(), requestId: v.string() }),
);

function isGatewayMessage(text: unknown): boolean {
  return v.is(GatewayMessage, text);
}
