import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

const characters = new Intl.Segmenter();

/** What a person calls a character: an emoji of several code points is one. */
export function graphemes(text: string): string[] {
  return Array.from(characters.segment(text), ({ segment }) => segment);
}

/** In cells of a terminal; styles take none. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/** At most so wide, with an ellipsis for what is cut; of plain text. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  let used = 1;
  for (const character of graphemes(text)) {
    used += textWidth(character);
    if (used > width) break;
    kept += character;
  }
  return width < 1 ? "" : `${kept}…`;
}

/** Exactly so wide; of plain text. */
export function fitWidth(text: string, width: number): string {
  const short = truncate(text, width);
  return short + " ".repeat(Math.max(0, width - textWidth(short)));
}

/** At words where it can be; styles go on in the next row, as does an indentation. */
export function wrap(text: string, width: number): string[] {
  const indent = (/^ */.exec(text)?.[0] ?? "").slice(0, Math.max(0, width - 1));
  const rows = wrapAnsi(text.trimStart(), Math.max(1, width - indent.length), { hard: true }).split("\n");
  return rows.map((row) => indent + row);
}
