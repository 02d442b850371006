import * as v from "valibot";
import {
  ConversationId,
  Cursor,
  Entry,
  Preview,
  RequestId,
  RetentionSeconds,
  Seq,
  TOO_LARGE,
  UserId,
} from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { utf8Bytes } from "./utf8-bytes.ts";

// Frames are strict: a field this version does not know is refused. Results are loose: a client ignores unknown fields.

/** First and last seq the user can read, both inclusive. Without a last one the user is still a member. */
const SeqRange = v.union([v.strictTuple([Seq]), v.strictTuple([Seq, Seq])]);

/** Cursors of one member. */
const MemberCursor = v.object({ user: v.string(), readSeq: Seq, deliveredSeq: Seq });

/** Presence of one user. Of two reports the higher `version` is right; of the same version, the later `expiresAtMs`. */
export const PRESENCE_FIELDS = {
  user: v.string(),
  online: v.boolean(),
  /** While online: the time after which this report no longer counts. */
  expiresAtMs: v.optional(v.number()),
  lastSeenAtMs: v.optional(v.number()),
  version: v.number(),
};

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
  /** `atMs` of the first reply of the device's last complete sync: what has not changed since then may be left out. */
  since: v.optional(Seq),
  /** Conversations whose receipts the device wants, also if nothing else has changed. */
  receipts: v.optional(
    v.pipe(
      v.array(ConversationId),
      v.maxLength(LIMITS.receiptsPerSync, `${TOO_LARGE}at most ${LIMITS.receiptsPerSync} conversations`),
    ),
  ),
  /** Newest entries wanted of a conversation without a cursor. */
  tail: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.syncTail))),
});

/** `result` of the reply to `sync`. */
export const SyncResult = v.object({
  conversations: v.array(
    v.object({
      conversation: v.string(),
      /** `direct`, or a kind of a newer server. */
      kind: v.string(),
      /** The other side of a direct conversation. */
      peer: v.optional(v.string()),
      /** Title of a group. */
      title: v.optional(v.string()),
      memberCount: v.optional(v.number()),
      /** This user's own role in a group. */
      role: v.optional(v.string()),
      epoch: v.number(),
      /** The last seq this user can read. */
      lastSeq: Seq,
      /** The first seq this user can read. */
      first: Seq,
      /** Given when the user was not a member all along, or has left. */
      ranges: v.optional(v.array(SeqRange)),
      readSeq: Seq,
      /** Others' entries after `readSeq`. One more than `LIMITS.unreadCount` means more than were counted. */
      unread: v.number(),
      muted: v.optional(v.boolean()),
      /** Time that entries are kept, and that this user keeps them in sight. */
      retentionSeconds: v.optional(v.number()),
      keepSeconds: v.optional(v.number()),
      /** This user has blocked the other side. */
      blocking: v.optional(v.boolean()),
      /** Receipts of the other members, in small conversations. */
      receipts: v.optional(v.array(MemberCursor)),
      preview: v.optional(Preview),
      entries: v.array(Entry),
      /** The cursor is no longer valid: discard the stored entries and start from `entries`. */
      reset: v.optional(v.boolean()),
    }),
  ),
  /** There is more: sync again with `from: next` and the cursors of that time. */
  next: v.optional(v.string()),
  /** Time of the reply by the server's clock, for a later `since`. */
  atMs: v.optional(v.number()),
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

/** `result` of the reply to `history`. */
export const HistoryResult = v.object({
  epoch: v.number(),
  lastSeq: Seq,
  first: Seq,
  entries: v.array(Entry),
  /** True if there are further entries in the requested direction. */
  more: v.boolean(),
});

const pageOfMembers = { id: RequestId, conversation: ConversationId, after: v.optional(UserId) };
const Members = v.strictObject({ type: v.literal("members"), ...pageOfMembers });

/** `result` of the reply to `members`. */
export const MembersResult = v.object({
  members: v.array(v.object({ user: v.string(), role: v.string() })),
  /** There are more: ask again with `after: next`. */
  next: v.optional(v.string()),
});

const Receipts = v.strictObject({ type: v.literal("receipts"), ...pageOfMembers });

/** `result` of the reply to `receipts`. */
export const ReceiptsResult = v.object({ receipts: v.array(MemberCursor), next: v.optional(v.string()) });

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

/** `result` of the reply to `presence`. */
export const PresenceResult = v.object({
  users: v.array(v.object(PRESENCE_FIELDS)),
  /** Users whose presence this user may not see. Does not tell whether they exist. */
  refused: v.array(v.string()),
});

const Mute = v.strictObject({
  type: v.literal("mute"),
  id: RequestId,
  conversation: ConversationId,
  muted: v.boolean(),
});

/** Sets how long this user keeps entries of the conversation in sight; `null`: as long as the conversation does. */
const Keep = v.strictObject({
  type: v.literal("keep"),
  id: RequestId,
  conversation: ConversationId,
  seconds: v.nullable(RetentionSeconds),
});

/** Takes a group that this user has left out of their list. */
const Forget = v.strictObject({ type: v.literal("forget"), id: RequestId, conversation: ConversationId });

/** It is done. */
const Done = v.object({});

/**
 * The commands: frames that are answered by a `reply` with the same `id`. Each row has the schemas of the frame and of
 * its `result`. The type is also the API Gateway route key (`ROUTES` in wiring/manifest.ts) and names the handler
 * (functions/core/command.ts).
 */
export const COMMANDS = {
  sync: { frame: Sync, result: SyncResult },
  history: { frame: History, result: HistoryResult },
  members: { frame: Members, result: MembersResult },
  receipts: { frame: Receipts, result: ReceiptsResult },
  presence: { frame: Presence, result: PresenceResult },
  mute: { frame: Mute, result: Done },
  keep: { frame: Keep, result: Done },
  forget: { frame: Forget, result: Done },
} as const satisfies Record<string, { readonly frame: v.GenericSchema; readonly result: v.GenericSchema }>;

export type CommandType = keyof typeof COMMANDS;

export type CommandFrame<T extends CommandType> = v.InferOutput<(typeof COMMANDS)[T]["frame"]>;

export type CommandResult<T extends CommandType> = v.InferOutput<(typeof COMMANDS)[T]["result"]>;

export type SyncFrame = CommandFrame<"sync">;
export type HistoryFrame = CommandFrame<"history">;
export type MembersFrame = CommandFrame<"members">;
export type ReceiptsFrame = CommandFrame<"receipts">;
export type PresenceFrameRequest = CommandFrame<"presence">;
export type MuteFrame = CommandFrame<"mute">;
export type KeepFrame = CommandFrame<"keep">;
export type ForgetFrame = CommandFrame<"forget">;
export type SyncResult = CommandResult<"sync">;
export type HistoryResult = CommandResult<"history">;
export type MembersResult = CommandResult<"members">;
export type ReceiptsResult = CommandResult<"receipts">;
export type PresenceResult = CommandResult<"presence">;
export type SyncedConversation = CommandResult<"sync">["conversations"][number];
