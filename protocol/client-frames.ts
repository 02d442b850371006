import * as v from "valibot";
import { decode } from "./decode.ts";
import {
  ConversationId,
  Cursor,
  EntryId,
  HistoryPolicy,
  isRecord,
  NewEntry,
  RequestId,
  RetentionSeconds,
  Seq,
  Title,
  TOO_LARGE,
  UserId,
  UserIds,
} from "./fields.ts";
import { isSolitary } from "./kinds.ts";
import { LIMITS } from "./limits.ts";
import { utf8Bytes } from "./utf8-bytes.ts";

// Strict objects: a field this version does not know (a forged `sender`, say) is refused, never ignored.

const Entries = v.pipe(
  v.array(NewEntry),
  v.minLength(1),
  v.maxLength(LIMITS.entriesPerFrame),
  v.check((entries) => new Set(entries.map((entry) => entry.id)).size === entries.length, "entry ids repeat"),
  v.check(
    (entries) => entries.length === 1 || !entries.some(({ kind }) => isSolitary(kind)),
    "an entry that changes the conversation is alone in its frame",
  ),
);

/** The last position of the conversation this device has applied; `0` if it never saw the conversation. */
const Seen = v.optional(v.union([Cursor, v.literal(0)], "a cursor `[epoch, seq]`, or 0"));

const SendToUser = v.strictObject({
  type: v.literal("send"),
  to: v.strictObject({ user: UserId }),
  seen: Seen,
  entries: Entries,
});
const SendToConversation = v.strictObject({
  type: v.literal("send"),
  conversation: ConversationId,
  seen: Seen,
  entries: Entries,
});
const Send = v.lazy((input): typeof SendToUser | typeof SendToConversation =>
  isRecord(input) && "to" in input ? SendToUser : SendToConversation,
);

/** A new group; the creator is its owner. */
const Create = v.strictObject({
  type: v.literal("create"),
  id: EntryId,
  title: v.optional(Title),
  members: UserIds,
  history: v.optional(HistoryPolicy),
});

const Sync = v.strictObject({
  type: v.literal("sync"),
  id: RequestId,
  cursors: v.pipe(
    v.record(ConversationId, Cursor),
    v.check(
      (cursors) => Object.keys(cursors).length <= LIMITS.cursorsPerSync,
      `${TOO_LARGE}at most ${LIMITS.cursorsPerSync} cursors`,
    ),
  ),
  from: v.optional(ConversationId),
});

const History = v.pipe(
  v.strictObject({
    type: v.literal("history"),
    id: RequestId,
    conversation: ConversationId,
    before: v.optional(Seq),
    after: v.optional(Seq),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.historyPage))),
  }),
  v.check(
    (frame) => frame.before === undefined || frame.after === undefined,
    "`before` or `after`, not both",
  ),
);

const Read = v.strictObject({ type: v.literal("read"), conversation: ConversationId, seq: Seq });
const Delivered = v.strictObject({ type: v.literal("delivered"), conversation: ConversationId, seq: Seq });
const Typing = v.strictObject({ type: v.literal("typing"), conversation: ConversationId });

const pageOfMembers = { id: RequestId, conversation: ConversationId, after: v.optional(UserId) };
const Members = v.strictObject({ type: v.literal("members"), ...pageOfMembers });
const Receipts = v.strictObject({ type: v.literal("receipts"), ...pageOfMembers });

const Block = v.strictObject({ type: v.literal("block"), id: RequestId, user: UserId });
const Unblock = v.strictObject({ type: v.literal("unblock"), id: RequestId, user: UserId });

const Mute = v.strictObject({
  type: v.literal("mute"),
  id: RequestId,
  conversation: ConversationId,
  muted: v.boolean(),
});

/** How long this user keeps entries of the conversation in sight; `null`: as long as the conversation does. */
const Keep = v.strictObject({
  type: v.literal("keep"),
  id: RequestId,
  conversation: ConversationId,
  seconds: v.nullable(RetentionSeconds),
});

const Presence = v.strictObject({
  type: v.literal("presence"),
  id: RequestId,
  users: v.pipe(
    v.array(UserId),
    v.minLength(1),
    v.maxLength(LIMITS.presenceUsers),
    v.check(
      (users) => utf8Bytes(JSON.stringify(users)) <= LIMITS.presenceUsersBytes,
      `${TOO_LARGE}at most ${LIMITS.presenceUsersBytes} bytes as JSON`,
    ),
  ),
  watch: v.optional(v.boolean()),
  conversation: v.optional(ConversationId),
});

const Ping = v.strictObject({ type: v.literal("ping") });

/** One schema per frame type; the type is also the API Gateway route key. */
const CLIENT_FRAMES = {
  send: Send,
  create: Create,
  sync: Sync,
  history: History,
  read: Read,
  delivered: Delivered,
  typing: Typing,
  members: Members,
  receipts: Receipts,
  block: Block,
  unblock: Unblock,
  mute: Mute,
  keep: Keep,
  presence: Presence,
  ping: Ping,
} as const;

export type SendFrame = v.InferOutput<typeof Send>;
export type SyncFrame = v.InferOutput<typeof Sync>;
export type HistoryFrame = v.InferOutput<typeof History>;
export type PresenceFrameRequest = v.InferOutput<typeof Presence>;
export type CreateFrame = v.InferOutput<typeof Create>;
export type ReadFrame = v.InferOutput<typeof Read>;
export type DeliveredFrame = v.InferOutput<typeof Delivered>;
export type TypingFrame = v.InferOutput<typeof Typing>;
export type MembersFrame = v.InferOutput<typeof Members>;
export type ReceiptsFrame = v.InferOutput<typeof Receipts>;
export type BlockFrame = v.InferOutput<typeof Block>;
export type UnblockFrame = v.InferOutput<typeof Unblock>;
export type MuteFrame = v.InferOutput<typeof Mute>;
export type KeepFrame = v.InferOutput<typeof Keep>;
export type ClientFrame = v.InferOutput<(typeof CLIENT_FRAMES)[keyof typeof CLIENT_FRAMES]>;

const About = v.object({
  id: v.optional(v.fallback(v.optional(RequestId), undefined)),
  entries: v.optional(v.fallback(v.optional(v.array(v.object({ id: EntryId }))), undefined)),
});

/**
 * Reads one frame of a client. Throws {@link ProtocolError}, and nothing else, for anything that is not a
 * frame of this protocol; the error names the request or entries it is about where these could be read.
 */
export function decodeClientFrame(text: unknown): ClientFrame {
  return decode(text, CLIENT_FRAMES, (value) => {
    const about = v.safeParse(About, value);
    if (!about.success) return {};
    // What creates a group is its first entry.
    const { id } = about.output;
    if (isRecord(value) && value.type === "create") return id === undefined ? {} : { entryIds: [id] };
    const entries = about.output.entries?.slice(0, LIMITS.entriesPerFrame);
    return {
      ...(about.output.id !== undefined && { requestId: about.output.id }),
      ...(entries !== undefined && entries.length > 0 && { entryIds: entries.map((entry) => entry.id) }),
    };
  });
}
