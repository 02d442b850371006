import { graphemes, withoutBidiControls } from "../../../client/src/ui.ts";

/** Returns the beginning of a text on one line, with `…` for the rest. Cuts between characters. */
export function excerptOf(text: string, maxCharacters: number): string {
  let excerpt = "";
  let count = 0;
  // White space alone may be as long as a text.
  for (const character of graphemes(withoutBidiControls(text).trimStart())) {
    if (count === maxCharacters) return `${excerpt.trimEnd()}…`;
    const shown = /^\s/.test(character) ? " " : character;
    if (shown === " " && excerpt.endsWith(" ")) continue;
    excerpt += shown;
    count += 1;
  }
  return excerpt.trimEnd();
}
