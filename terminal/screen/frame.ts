import type { Palette } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { graphemes, textWidth, truncate } from "../text/text-width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a screen shows: as many rows as it has, and where the cursor stands. */
export interface Frame {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface InputLine {
  readonly line: string;
  /** In UTF-16 code units. */
  readonly cursor: number;
}

export interface FrameContent {
  /** Of plain text, as is `aside`, to the right of it. */
  readonly title: string;
  readonly status: string;
  readonly body: readonly string[];
  /** A body that does not fill the screen stands at its foot. */
  readonly alignBottom: boolean;
  readonly notice: string;
  readonly isError: boolean;
  /** To the right of the note. */
  readonly scrollHint: string;
  readonly input: InputLine;
  /** Stands where nothing is typed. */
  readonly placeholder: string;
}

/** Rows that are not the body's: title, note, what is typed. */
const FIXED_ROWS = 3;
const PROMPT = "> ";
/** Of a rule with words in it. */
const MIN_RULE_COLUMNS = 12;

export function bodyHeight({ rows }: Size): number {
  return Math.max(0, rows - FIXED_ROWS);
}

export function composeFrame(parts: FrameContent, size: Size, palette: Palette): Frame {
  const height = bodyHeight(size);
  const body = parts.body.slice(0, height);
  const blank = Array.from({ length: height - body.length }, () => "");
  const input = inputRow(parts, size.columns, palette);
  const rows = [
    palette.bar(titleRow(parts, size.columns)),
    ...(parts.alignBottom ? [...blank, ...body] : [...body, ...blank]),
    noticeRow(parts, size.columns, palette),
    input.row,
  ];
  // Of a screen with no room for all, the last rows: what is typed is seen.
  const shown = rows.slice(-size.rows);
  return { rows: shown, cursor: { row: shown.length - 1, column: input.column } };
}

function titleRow({ title, status }: FrameContent, columns: number): string {
  const right = status === "" ? "" : ` ${truncate(status, Math.max(0, columns - 4))} `;
  const left = truncate(` ${title}`, Math.max(0, columns - textWidth(right)));
  return left + " ".repeat(Math.max(0, columns - textWidth(left) - textWidth(right))) + right;
}

function noticeRow({ notice, isError, scrollHint }: FrameContent, columns: number, palette: Palette): string {
  const right =
    scrollHint === "" || columns < MIN_RULE_COLUMNS ? "" : ` ${truncate(scrollHint, columns - 6)} ──`;
  const room = columns - textWidth(right) - 5;
  const words = notice === "" || room < 4 ? "" : ` ${truncate(notice, room)} `;
  const line = "─".repeat(Math.max(0, columns - textWidth(words) - textWidth(right) - 2));
  return (
    palette.dim("──".slice(0, columns)) +
    (isError ? palette.red(words) : palette.dim(words)) +
    palette.dim(line + right)
  );
}

/** The part of what is typed that has the cursor in it. */
function inputRow({ input, placeholder }: FrameContent, columns: number, palette: Palette) {
  const room = Math.max(1, columns - PROMPT.length - 1);
  if (input.line === "") {
    return { row: PROMPT + palette.dim(truncate(placeholder, room)), column: PROMPT.length };
  }
  const before = graphemes(input.line.slice(0, input.cursor)).map(visible);
  const after = graphemes(input.line.slice(input.cursor)).map(visible);
  let column = textWidth(before.join(""));
  while (column > room) column -= textWidth(before.shift() ?? "");
  let text = before.join("");
  for (const character of after) {
    if (textWidth(text + character) > room) break;
    text += character;
  }
  return { row: PROMPT + text, column: PROMPT.length + column };
}

function visible(character: string): string {
  return sanitize(character) || "·";
}
