import { graphemes } from "../../client/src/ui.ts";
import { textWidth } from "../text/text-width.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const STYLE = /(\u001b\[[\d;]*m)/;

/**
 * Inserts a cursor movement after every character of several code points. Terminals disagree on the width of such an
 * emoji, and without it the rest of the row would be shifted.
 */
export function fixedWidth(row: string): string {
  let column = 1;
  const withCursor = (character: string) => {
    const width = textWidth(character);
    column += width;
    return width > 0 && [...character].length > 1 ? `${character}\u001b[${column}G` : character;
  };
  return row
    .split(STYLE)
    .map((part) => (STYLE.test(part) ? part : Array.from(graphemes(part), withCursor).join("")))
    .join("");
}
