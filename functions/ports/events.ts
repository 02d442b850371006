import * as v from "valibot";
import { Entry, Preview } from "../../protocol/index.ts";

// Public: consumers of the outbound topic subscribe to these events, with a filter on the attributes `type` and
// `conversation`. docs/events.md describes them. Events may gain fields and must never lose one.

const conversationFields = {
  conversation: v.string(),
  /** `direct` or `group`. */
  kind: v.string(),
  /** Groups only. */
  title: v.optional(v.string()),
  epoch: v.number(),
};

/** Entries were committed: everything said in a conversation, in the order of `seq`. */
export const MessageCommitted = v.object({
  type: v.literal("message.committed"),
  ...conversationFields,
  entries: v.array(Entry),
});

/**
 * Users have no connection to which these messages could be pushed, and have not muted the conversation. This is the
 * hook for mobile push. Message text is cut as in a conversation list.
 */
export const MessageUndelivered = v.object({
  type: v.literal("message.undelivered"),
  ...conversationFields,
  users: v.array(v.string()),
  messages: v.array(Preview),
});

/** Users became members, or stopped being members. */
export const MemberChanged = v.object({
  type: v.picklist(["member.add", "member.remove", "member.leave"]),
  ...conversationFields,
  seq: v.number(),
  sender: v.string(),
  users: v.array(v.string()),
  sentAtMs: v.number(),
});

/** A frame of a back end was refused. A back end has no connection, so no other channel reports the refusal. */
export const MessageRefused = v.object({
  type: v.literal("message.refused"),
  conversation: v.string(),
  sender: v.string(),
  ids: v.array(v.string()),
  code: v.string(),
  /** True if the same message may be published again, by a new call of `backendMessage`. */
  temporary: v.boolean(),
  /** Milliseconds to wait before that. */
  retryAfterMs: v.optional(v.number()),
});

const ChatEvent = v.variant("type", [MessageCommitted, MessageUndelivered, MemberChanged, MessageRefused]);

/** Published on the outbound topic at least once, in any order. */
export type ChatEvent = v.InferOutput<typeof ChatEvent>;

/** Events a deployment opts into: each costs a message of the topic. */
export const EVENT_FAMILIES = ["message.committed", "message.undelivered", "member"] as const;

export type EventFamily = (typeof EVENT_FAMILIES)[number];
