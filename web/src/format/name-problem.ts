import { isolatedName, isPlainName, isPlainTitle } from "../../../client/src/ui.ts";

/** Longest user id, in characters. */
const MAX_USER_ID_LENGTH = 128;

// The server refuses the same, in words for programmers.

/** Says what is wrong with names that the user has typed; undefined if they may exist. */
export function userProblem(users: readonly string[]): string | undefined {
  if (users.some(({ length }) => length > MAX_USER_ID_LENGTH))
    return `A name has at most ${MAX_USER_ID_LENGTH} characters.`;
  const hidden = users.find((user) => !isPlainName(user) || /[^\S ]/.test(user));
  return hidden === undefined ? undefined : hasUnseen(`The name ${isolatedName(hidden)}`);
}

/** The same for the title of a group. */
export function titleProblem(title: string): string | undefined {
  return isPlainTitle(title.normalize()) ? undefined : hasUnseen("The title");
}

function hasUnseen(subject: string): string {
  return `${subject} has characters that nobody can see. Type it anew instead of pasting it.`;
}
