import * as names from "../../../protocol/plain-name.ts";

/** True if a user may have this name: the server refuses one with characters that nobody sees. */
export function isPlainName(name: string): boolean {
  return names.isPlainName(name);
}

/** The same for the title of a group. */
export function isPlainTitle(title: string): boolean {
  return names.isPlainTitle(title);
}
