import type { Recipient } from "./entry.ts";

/** Returns the same string for the same recipient: the conversation's id, or `@` and the user. */
export function recipientKey(recipient: Recipient): string {
  return typeof recipient === "string" ? recipient : `@${recipient.user}`;
}
