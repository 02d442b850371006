import * as v from "valibot";
import { PRESENCE_FIELDS } from "./commands.ts";
import { decode } from "./decode.ts";
import { ProtocolError, wireError } from "./errors.ts";
import { Entry, ErrorShape, Seq } from "./fields.ts";

// Loose objects: a client ignores fields it does not know, so the server may add some.

const Ack = v.object({
  type: v.literal("ack"),
  conversation: v.string(),
  epoch: v.number(),
  entries: v.array(v.object({ id: v.string(), seq: Seq, sentAtMs: v.number() })),
});

/** The frame with these entries is in the queue; `ack` or `reject` follows, or came before. */
const Accepted = v.object({
  type: v.literal("accepted"),
  conversation: v.string(),
  ids: v.array(v.string()),
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
  /** Title of a group. */
  title: v.optional(v.string()),
  /** The first seq this user can read, now or again. */
  first: Seq,
  epoch: v.number(),
  lastSeq: Seq,
});

/** Progress of a member; `readSeq` implies `deliveredSeq`. */
const Receipt = v.object({
  type: v.literal("receipt"),
  conversation: v.string(),
  user: v.string(),
  readSeq: v.optional(Seq),
  deliveredSeq: v.optional(Seq),
});

const Typing = v.object({ type: v.literal("typing"), conversation: v.string(), user: v.string() });

const Presence = v.object({ type: v.literal("presence"), ...PRESENCE_FIELDS });

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
  accepted: Accepted,
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

export type AckFrame = v.InferOutput<typeof Ack>;
export type AcceptedFrame = v.InferOutput<typeof Accepted>;
export type RejectFrame = v.InferOutput<typeof Reject>;
export type EntriesFrame = v.InferOutput<typeof Entries>;
export type JoinedFrame = v.InferOutput<typeof Joined>;
export type ReceiptFrame = v.InferOutput<typeof Receipt>;
export type TypingPush = v.InferOutput<typeof Typing>;
export type PresenceFrame = v.InferOutput<typeof Presence>;

export type ReplyFrame = v.InferOutput<typeof Reply>;
export type ErrorFrame = v.InferOutput<typeof ErrorFrame>;
export type ServerFrame = v.InferOutput<(typeof SERVER_FRAMES)[keyof typeof SERVER_FRAMES]>;

/**
 * Decodes one frame of a server, for clients. Throws {@link ProtocolError} and nothing else; a client ignores frames
 * that fail with `unknown_type`. API Gateway's own `{message, connectionId, requestId}` becomes a temporary error of
 * the last frame.
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
