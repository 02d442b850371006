import type { Recipient } from "../../../client/src/index.ts";

/** What the address says is open; undefined: the list alone. */
export function recipientOf(hash: string): Recipient | undefined {
  const [, where, name] = /^#\/([cu])\/(.+)$/.exec(hash) ?? [];
  if (where === undefined || name === undefined) return undefined;
  try {
    return where === "c" ? decodeURIComponent(name) : { user: decodeURIComponent(name) };
  } catch {
    // Somebody has cut the address in the middle of a character.
    return undefined;
  }
}

export function hashOf(recipient: Recipient | undefined): string {
  if (recipient === undefined) return "#/";
  return typeof recipient === "string"
    ? `#/c/${encodeURIComponent(recipient)}`
    : `#/u/${encodeURIComponent(recipient.user)}`;
}
