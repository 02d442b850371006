import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { messageJson } from "../functions/adapters/message-json.ts";
import { entriesMessage } from "../functions/adapters/sns/entries-message.ts";
import { directConversationId, groupConversationId } from "../functions/core/log/conversation-id.ts";
import { PublishedFrame } from "../functions/ports/published-frame.ts";
import type { HistoryPolicy, NewEntry } from "../protocol/index.ts";

/** The target of a message: an existing conversation, the direct one with a user, or a new group. */
export type MessageTarget =
  | { readonly conversation: string }
  | { readonly to: { readonly user: string } }
  | {
      readonly create: {
        /** Chosen by the sender. Creating a group again with the same id has no effect. */
        readonly id: string;
        readonly title?: string;
        readonly members: readonly string[];
        readonly history?: HistoryPolicy;
      };
    };

export type BackendMessage = MessageTarget & {
  /** A user id: of a bot, a service, or the user on whose behalf this is written. */
  readonly sender: string;
  /**
   * True: has the permissions of an owner in any conversation, without being a member. False: has only the permissions of
   * the sender as a member.
   * @default true
   */
  readonly system?: boolean;
  /** 1 to 25 entries, each with an id that is unique for this sender; none when a group is created. */
  readonly entries?: readonly NewEntry[];
  /** Milliseconds since 1970. The time of an entry is never later than the moment it is appended. */
  readonly nowMs: number;
};

/** The message does not follow the protocol. The error message says where. */
export class BackendMessageError extends Error {
  override readonly name = "BackendMessageError";
}

/**
 * Returns the input of the SNS `Publish` with which a back end writes into a conversation. Add the topic (stack output
 * `EntriesTopicArn`; the permission is `sns:Publish` on it). A message that is in the log, as far back as 1 000 entries,
 * is not written again, however often it is published. One that was refused for now (`temporary`) lands once there is
 * room: call this again for each attempt, because SNS discards a second copy of one result for five minutes. Throws
 * {@link BackendMessageError}.
 *
 * @example
 * await sns.send(new PublishCommand({ TopicArn, ...backendMessage({ sender: "billing", to: { user: "alice" },
 *   entries: [{ id: invoiceId, kind: "text", body: { text: "Your invoice is ready." } }], nowMs: Date.now() }) }));
 */
export function backendMessage(message: BackendMessage): ReturnType<typeof entriesMessage> {
  const { sender, system = true, nowMs } = message;
  const parsed = v.safeParse(PublishedFrame, {
    // Names an attempt and not its content: entry ids make a repeat of no effect, and a refused message may come again.
    frame: `backend-${randomUUID()}`,
    sender: { user: sender },
    system,
    ...toContent(message),
    seen: "recent",
    receivedAtMs: nowMs,
  });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new BackendMessageError(`${v.getDotPath(issue) ?? "message"}: ${issue.message}`);
  }
  const { output } = parsed;
  return entriesMessage(messageJson(output), output.conversation, output.frame);
}

function toContent(message: BackendMessage) {
  const { sender, entries = [] } = message;
  if ("create" in message) {
    const { id, title, history, members } = message.create;
    const others = members.filter((member) => member !== sender);
    const entry = { id, kind: "create" as const, body: { title, history, members: others } };
    return { conversation: groupConversationId(sender, id), entries: [entry] };
  }
  if ("to" in message) {
    return { conversation: directConversationId(sender, message.to.user), to: message.to, entries };
  }
  return { conversation: message.conversation, entries };
}
