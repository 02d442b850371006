import * as v from "valibot";
import { Entry, Preview } from "../../protocol/index.ts";

// Public: what consumers of the outbound topic subscribe to, with a filter on the attributes `type` and
// `conversation`. docs/events.md describes them; they may gain fields, and lose none.

const conversationFields = {
  conversation: v.string(),
  /** `direct` or `group`. */
  kind: v.string(),
  /** Of a group. */
  title: v.optional(v.string()),
  epoch: v.number(),
};

/** Entries are in the log: everything a conversation is told, in the order of `seq`. */
export const MessageCommitted = v.object({
  type: v.literal("message.committed"),
  ...conversationFields,
  entries: v.array(Entry),
});

/**
 * Users have no connection to which these messages could be pushed, and have not muted the conversation: the hook for
 * mobile push. What was written is cut as in a conversation list.
 */
export const MessageUndelivered = v.object({
  type: v.literal("message.undelivered"),
  ...conversationFields,
  users: v.array(v.string()),
  messages: v.array(Preview),
});

/** Users have become members, or are none any more. */
export const MemberChanged = v.object({
  type: v.picklist(["member.add", "member.remove", "member.leave"]),
  ...conversationFields,
  seq: v.number(),
  sender: v.string(),
  users: v.array(v.string()),
  sentAtMs: v.number(),
});

/** A back end's frame was refused: nobody else would tell it. */
export const MessageRefused = v.object({
  type: v.literal("message.refused"),
  conversation: v.string(),
  sender: v.string(),
  ids: v.array(v.string()),
  code: v.string(),
});

const ChatEvent = v.variant("type", [MessageCommitted, MessageUndelivered, MemberChanged, MessageRefused]);

/** Published on the outbound topic at least once, in any order. */
export type ChatEvent = v.InferOutput<typeof ChatEvent>;

/** Events that are published if the deployment wants them: each costs a message of the topic. */
export const EVENT_FAMILIES = ["message.committed", "message.undelivered", "member"] as const;

export type EventFamily = (typeof EVENT_FAMILIES)[number];
