import type { Client, Conversation, ConversationInfo, Member, Recipient } from "../../client/src/index.ts";
import { isDeletedAccount } from "../../client/src/ui.ts";
import { sanitize, userName } from "../text/sanitize.ts";

type NamedConversation = Pick<ConversationInfo, "conversation" | "peer" | "title">;

/** Characters of an id that are enough to tell one user's groups apart. */
const SHORT_ID_LENGTH = 6;

/** Returns the display name of a conversation; `findConversation` accepts it. */
export function conversationName({ conversation, peer, title }: NamedConversation): string {
  if (peer !== undefined) return userName(peer);
  return sanitize(title ?? `group ${conversation.slice(1, 1 + SHORT_ID_LENGTH)}`);
}

export type ConversationMatch = { readonly recipient: Recipient } | { readonly error: string };

/**
 * Finds a conversation by its number in the list, a user, a title or an id. Any other name is taken for a user without a
 * conversation yet; `@` before a name says that it is a user.
 */
export function findConversation(name: string, list: readonly ConversationInfo[]): ConversationMatch {
  const numbered = /^\d+$/.test(name) ? list[Number(name) - 1] : undefined;
  if (numbered !== undefined) return { recipient: recipientOf(numbered) };
  if (name.startsWith("@") && name.length > 1) return { recipient: { user: name.slice(1) } };
  // Users come before titles, because anybody can name a group after a user.
  if (list.some(({ peer }) => peer === name)) return { recipient: { user: name } };
  const group = findGroup(name, list);
  return group === undefined ? { recipient: { user: name } } : group;
}

/** Finds a group by its title or id. Returns undefined if there is none. */
export function findGroup(name: string, list: readonly ConversationInfo[]): ConversationMatch | undefined {
  const found = list.filter(
    (info) => info.conversation === name || (info.peer === undefined && isCalled(info, name)),
  );
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.length === 1) return { recipient: only.conversation };
  const ids = found.map(({ conversation }) => conversation).join(", ");
  return { error: `${found.length} groups are called ${sanitize(name)}; use the id of one: ${ids}` };
}

function isCalled(info: ConversationInfo, name: string): boolean {
  return info.title === name || conversationName(info) === name;
}

function recipientOf({ conversation, peer }: ConversationInfo): Recipient {
  return peer === undefined || isDeletedAccount(peer) ? conversation : { user: peer };
}

/** An open conversation and the recipient it was opened with. */
export interface OpenConversation {
  readonly recipient: Recipient;
  readonly conversation: Conversation;
}

export function openConversation(client: Client, recipient: Recipient): OpenConversation {
  return { recipient, conversation: client.conversation(recipient) };
}

/** Returns the display name of an open conversation, even if the server does not know it yet. */
export function openConversationName({ recipient, conversation }: OpenConversation): string {
  const { info } = conversation.view.getSnapshot();
  if (info !== undefined) return conversationName(info);
  return typeof recipient === "string" ? sanitize(recipient) : userName(recipient.user);
}

/** Returns why nothing can be sent to a conversation, if the client knows. */
export function whyClosed({ view }: Conversation): string | undefined {
  return isDeletedAccount(view.getSnapshot().info?.peer) ? "this account is deleted" : undefined;
}

/** Loads all members page by page. Rejects with a `ClientError`. */
export async function allMembers(conversation: Conversation): Promise<readonly Member[]> {
  const members: Member[] = [];
  for await (const member of conversation.members()) members.push(member);
  return members;
}

/** Conversation named on the command line. */
export type ChatTarget = { readonly user: string } | { readonly group: string };

/** The target does not exist or is ambiguous. */
export class NoSuchTargetError extends Error {
  override readonly name = "NoSuchTargetError";
  readonly code = "no_such_place";
  readonly temporary = false;
}

/** Finds the recipient of a target. Groups are known only once the client has been online. Throws `NoSuchTargetError`. */
export function resolveTarget(target: ChatTarget, client: Client): Recipient {
  if ("user" in target) return { user: target.user };
  const found = findGroup(target.group, client.inbox.getSnapshot()) ?? {
    error: `you are in no group called "${sanitize(target.group)}"`,
  };
  if ("error" in found) throw new NoSuchTargetError(found.error);
  return found.recipient;
}
