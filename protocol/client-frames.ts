import * as v from "valibot";
import { COMMANDS, type CommandType } from "./commands.ts";
import { decode } from "./decode.ts";
import {
  ConversationId,
  Cursor,
  EntryId,
  HistoryPolicy,
  isRecord,
  NewEntry,
  PersonId,
  RequestId,
  Seq,
  Title,
  UserIds,
} from "./fields.ts";
import { isSolitary } from "./kinds.ts";
import { LIMITS } from "./limits.ts";

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

/** Last position of the conversation that this device has applied; `0` if it never saw the conversation. */
const Seen = v.optional(v.union([Cursor, v.literal(0)], "a cursor `[epoch, seq]`, or 0"));

const SendToUser = v.strictObject({
  type: v.literal("send"),
  to: v.strictObject({ user: PersonId }),
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

const Read = v.strictObject({ type: v.literal("read"), conversation: ConversationId, seq: Seq });
const Delivered = v.strictObject({ type: v.literal("delivered"), conversation: ConversationId, seq: Seq });
const Typing = v.strictObject({ type: v.literal("typing"), conversation: ConversationId });

const Block = v.strictObject({ type: v.literal("block"), id: RequestId, user: PersonId });
const Unblock = v.strictObject({ type: v.literal("unblock"), id: RequestId, user: PersonId });

const Ping = v.strictObject({ type: v.literal("ping") });

/** The frame schemas of `COMMANDS`, by type. */
const COMMAND_FRAMES = Object.fromEntries(
  Object.entries(COMMANDS).map(([type, { frame }]) => [type, frame]),
) as { readonly [T in CommandType]: (typeof COMMANDS)[T]["frame"] };

/** One schema per frame type; the type is also the API Gateway route key. */
const CLIENT_FRAMES = {
  ...COMMAND_FRAMES,
  send: Send,
  create: Create,
  read: Read,
  delivered: Delivered,
  typing: Typing,
  block: Block,
  unblock: Unblock,
  ping: Ping,
} as const;

export type SendFrame = v.InferOutput<typeof Send>;
export type CreateFrame = v.InferOutput<typeof Create>;
export type ReadFrame = v.InferOutput<typeof Read>;
export type DeliveredFrame = v.InferOutput<typeof Delivered>;
export type TypingFrame = v.InferOutput<typeof Typing>;
export type BlockFrame = v.InferOutput<typeof Block>;
export type UnblockFrame = v.InferOutput<typeof Unblock>;
export type ClientFrame = v.InferOutput<(typeof CLIENT_FRAMES)[keyof typeof CLIENT_FRAMES]>;

const About = v.object({
  id: v.optional(v.fallback(v.optional(RequestId), undefined)),
  entries: v.optional(v.fallback(v.optional(v.array(v.object({ id: EntryId }))), undefined)),
});

/**
 * Decodes one frame of a client. Throws {@link ProtocolError}, and nothing else, for anything that is not a frame of
 * this protocol. The error names the request or the entries it is about if they could be read.
 */
export function decodeClientFrame(text: unknown): ClientFrame {
  return decode(text, CLIENT_FRAMES, (value) => {
    const about = v.safeParse(About, value);
    if (!about.success) return {};
    // The id of a `create` frame is that of the group's first entry.
    const { id } = about.output;
    if (isRecord(value) && value.type === "create") return id === undefined ? {} : { entryIds: [id] };
    const entries = about.output.entries?.slice(0, LIMITS.entriesPerFrame);
    return {
      ...(about.output.id !== undefined && { requestId: about.output.id }),
      ...(entries !== undefined && entries.length > 0 && { entryIds: entries.map((entry) => entry.id) }),
    };
  });
}
