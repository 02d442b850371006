import { stripVTControlCharacters } from "node:util";
import { displayName, isDeletedAccount, withoutBidiControls } from "../../client/src/ui.ts";

/** Converts text from others to one line without anything that controls the terminal. */
export function sanitize(text: string): string {
  const line = text.replace(/\r\n?|[\n\u2028\u2029]/g, " ↵ ").replaceAll("\t", " ");
  const plain = stripVTControlCharacters(line).replace(/\p{Cc}/gu, "");
  return withoutBidiControls(plain).toWellFormed();
}

/** Returns the name of a user as it is printed. */
export function userName(user: string): string {
  return sanitize(isDeletedAccount(user) ? displayName(user) : user);
}
