/** Kinds people write, as opposed to those that say something of the conversation or of another entry. */
export function isContent(kind: string): boolean {
  return kind === "text" || kind.startsWith("x.");
}

/** Kinds that say something of another entry, and change it. */
export function isOfAnother(kind: string): kind is "edit" | "delete" | "reaction" {
  return kind === "edit" || kind === "delete" || kind === "reaction";
}

/** Kinds that change who is in a conversation, or what it is: alone in their frame. */
export function isSolitary(kind: string): boolean {
  return kind.startsWith("member.") || kind === "rename" || kind === "role" || kind === "retention";
}
