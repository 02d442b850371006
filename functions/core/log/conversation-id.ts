import { createHash } from "node:crypto";

/**
 * The id of the direct conversation of two users, the same whoever asks. Sorted by UTF-16 code units, as
 * JavaScript does, so that any language can compute it: `d` + base64url(SHA-256(JSON of the sorted pair)).
 */
export function directConversationId(a: string, b: string): string {
  return `d${digestOf([a, b].sort())}`;
}

/** The id of the group this user creates with this id, so that creating twice is creating once. */
export function groupConversationId(creator: string, createId: string): string {
  return `g${digestOf([creator, createId])}`;
}

export function isDirect(conversation: string): boolean {
  return conversation.startsWith("d");
}

function digestOf(pair: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(pair)).digest("base64url");
}

/** The other side of a direct conversation; with oneself it is oneself. */
export function peerOf(user: string, members: readonly { user: string }[]): string {
  return members.find((member) => member.user !== user)?.user ?? user;
}
