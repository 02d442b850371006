import type { Recipient } from "../../../client/src/index.ts";

/** Returns the recipient that the address names; undefined if it names none, so that only the list is open. */
export function recipientOf(hash: string): Recipient | undefined {
  const [, type, name] = /^#\/([cu])\/(.+)$/.exec(hash) ?? [];
  if (type === undefined || name === undefined) return undefined;
  try {
    return type === "c" ? decodeURIComponent(name) : { user: decodeURIComponent(name) };
  } catch {
    // The address was cut off in the middle of an encoded character.
    return undefined;
  }
}

/** Returns the address of a recipient; undefined is the list. */
export function hashOf(recipient: Recipient | undefined): string {
  if (recipient === undefined) return "#/";
  return typeof recipient === "string"
    ? `#/c/${encodeURIComponent(recipient)}`
    : `#/u/${encodeURIComponent(recipient.user)}`;
}
