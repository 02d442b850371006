import type { ConversationInfo, Recipient } from "../../../client/src/index.ts";
import { displayName, graphemes, isolatedName } from "../../../client/src/ui.ts";

/** Returns the name under which a conversation is shown. */
export function titleOf(info: ConversationInfo | undefined, recipient: Recipient): string {
  if (info === undefined) return typeof recipient === "string" ? "Conversation" : displayName(recipient.user);
  if (info.kind !== "group") return displayName(info.peer ?? "Conversation");
  if (info.title !== undefined) return displayName(info.title);
  // Receipts come in another order every time.
  const others = info.receipts.map(({ user }) => user).sort();
  if (others.length > 0) return others.map(isolatedName).join(", ");
  // The server does not send the title to former members.
  return info.left ? "A group you left" : "Group";
}

/** Returns the text that the colour of a conversation is made of: that of a group stays when its name changes. */
export function colorKeyOf(info: ConversationInfo | undefined, recipient: Recipient): string {
  return info?.kind === "group" ? info.conversation : titleOf(info, recipient);
}

/** Returns up to two letters for an avatar. */
export function initialsOf(title: string): string {
  const words = displayName(title)
    .split(/[\s._@-]+/)
    .filter((word) => word !== "");
  const letters = words.slice(0, 2).map((word) => graphemes(word).next().value ?? "");
  return letters.join("").toUpperCase() || "?";
}

/** Returns the hue of a name, 0-359: always the same for the same name. */
export function hueOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return Math.abs(hash) % 360;
}
