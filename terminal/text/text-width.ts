import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { graphemes } from "../../client/src/ui.ts";

/** Returns the width of text in terminal cells; styles have no width. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/** Cuts plain text to at most `width` cells, with an ellipsis for the rest. */
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

/** Cuts or pads plain text to exactly `width` cells. */
export function fitWidth(text: string, width: number): string {
  const short = truncate(text, width);
  return short + " ".repeat(Math.max(0, width - textWidth(short)));
}

/** Wraps text, at words if possible. Styles and indentation continue in the next row. */
export function wrap(text: string, width: number): string[] {
  const indent = (/^ */.exec(text)?.[0] ?? "").slice(0, Math.max(0, width - 1));
  const rows = wrapAnsi(text.trimStart(), Math.max(1, width - indent.length), { hard: true }).split("\n");
  return rows.map((row) => indent + row);
}
