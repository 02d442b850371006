import type { ConversationInfo, Recipient } from "../../client/src/index.ts";
import { printable } from "../text/sanitize.ts";

type Named = Pick<ConversationInfo, "conversation" | "peer" | "title">;

/** Enough of an id to tell the groups of one user apart. */
const SHORT_ID_LENGTH = 6;

/** What a conversation is called; typed, it opens it. */
export function nameOf({ conversation, peer, title }: Named): string {
  return printable(peer ?? title ?? `group ${conversation.slice(1, 1 + SHORT_ID_LENGTH)}`);
}

export type Found = { readonly recipient: Recipient } | { readonly wrong: string };

/**
 * The conversation that is meant by its number in the list, a user, a title or an id. What is nothing of these is a
 * user nobody has talked to yet; `@` before a name says that it is a user.
 */
export function findConversation(name: string, list: readonly ConversationInfo[]): Found {
  const numbered = /^\d+$/.test(name) ? list[Number(name) - 1] : undefined;
  if (numbered !== undefined) return { recipient: recipientOf(numbered) };
  if (name.startsWith("@") && name.length > 1) return { recipient: { user: name.slice(1) } };
  // Before titles: anybody may call a group by somebody's name.
  if (list.some(({ peer }) => peer === name)) return { recipient: { user: name } };
  const group = findGroup(name, list);
  return group === undefined ? { recipient: { user: name } } : group;
}

/** A group by its title or id; undefined: there is none. */
export function findGroup(name: string, list: readonly ConversationInfo[]): Found | undefined {
  const found = list.filter(
    (info) => info.conversation === name || (info.peer === undefined && isCalled(info, name)),
  );
  const [only] = found;
  if (only === undefined) return undefined;
  if (found.length === 1) return { recipient: only.conversation };
  const ids = found.map(({ conversation }) => conversation).join(", ");
  return { wrong: `${found.length} groups are called ${printable(name)}; say which by its id: ${ids}` };
}

function isCalled(info: ConversationInfo, name: string): boolean {
  return info.title === name || nameOf(info) === name;
}

function recipientOf({ conversation, peer }: ConversationInfo): Recipient {
  return peer === undefined ? conversation : { user: peer };
}
