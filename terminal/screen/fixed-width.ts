import { graphemes, textWidth } from "../text/text-width.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const STYLE = /(\u001b\[[\d;]*m)/;

/**
 * A row in which the cursor is put where it belongs after every character of several code points: terminals disagree
 * on how wide such an emoji is, and what comes after it would be somewhere else.
 */
export function fixedWidth(row: string): string {
  let column = 1;
  const pin = (character: string) => {
    const width = textWidth(character);
    column += width;
    return width > 0 && [...character].length > 1 ? `${character}\u001b[${column}G` : character;
  };
  return row
    .split(STYLE)
    .map((part) => (STYLE.test(part) ? part : graphemes(part).map(pin).join("")))
    .join("");
}
