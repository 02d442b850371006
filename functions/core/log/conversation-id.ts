import { createHash } from "node:crypto";

/**
 * Returns the id of the direct conversation of two users, in whichever order they are given: `d` +
 * base64url(SHA-256(JSON of the sorted pair)). Sorted by UTF-16 code units, as JavaScript does, so that any language
 * can compute it.
 */
export function directConversationId(a: string, b: string): string {
  return `d${digestOf([a, b].sort())}`;
}

/** Returns the id of the group that this user creates with this entry id. A repeated creation makes the same group. */
export function groupConversationId(creator: string, createId: string): string {
  return `g${digestOf([creator, createId])}`;
}

export function isDirect(conversation: string): boolean {
  return conversation.startsWith("d");
}

function digestOf(pair: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(pair)).digest("base64url");
}

/** Returns the other side of a direct conversation, or the user in a conversation with oneself. */
export function peerOf(user: string, members: readonly { user: string }[]): string {
  return members.find((member) => member.user !== user)?.user ?? user;
}
