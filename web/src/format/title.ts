import type { ConversationInfo, Recipient } from "../../../client/src/index.ts";

/** What a conversation is called. */
export function titleOf(info: ConversationInfo | undefined, recipient: Recipient): string {
  if (info === undefined) return typeof recipient === "string" ? "Conversation" : recipient.user;
  if (info.kind !== "group") return info.peer ?? "Conversation";
  if (info.title !== undefined) return info.title;
  const others = info.receipts.map(({ user }) => user);
  if (others.length > 0) return others.join(", ");
  // The server tells those who have left no title.
  return info.left ? "A group you left" : "Group";
}

/** Up to two letters for a picture. */
export function initialsOf(title: string): string {
  const words = title.split(/[\s._@-]+/).filter((word) => word !== "");
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase() || "?";
}

/** The same for the same name, always: 0-359. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return Math.abs(hash) % 360;
}
