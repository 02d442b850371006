import { graphemes } from "../../client/src/ui.ts";
import type { Palette } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { textWidth, truncate } from "../text/text-width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Content of the screen: one string for each row, and the cursor position. */
export interface Frame {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface InputLine {
  readonly line: string;
  /** Cursor position in UTF-16 code units. */
  readonly cursor: number;
}

export interface FrameContent {
  /** Plain text, like `status`, which stands to the right of it. */
  readonly title: string;
  readonly status: string;
  readonly body: readonly string[];
  /** Aligns a body that does not fill the screen to the bottom. */
  readonly alignBottom: boolean;
  readonly notice: string;
  readonly isError: boolean;
  /** Stands to the right of the notice. */
  readonly scrollHint: string;
  readonly input: InputLine;
  /** Shown while the input line is empty. */
  readonly placeholder: string;
}

/** Rows besides the body: title, notice, input line. */
const FIXED_ROWS = 3;
const PROMPT = "> ";
/** Minimum screen width for a scroll hint. */
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
  // A screen without room for all rows shows the last ones, so that the input line is visible.
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

/** Formats the part of the input line that contains the cursor. */
function inputRow({ input, placeholder }: FrameContent, columns: number, palette: Palette) {
  const room = Math.max(1, columns - PROMPT.length - 1);
  if (input.line === "") {
    return { row: PROMPT + palette.dim(truncate(placeholder, room)), column: PROMPT.length };
  }
  const before = Array.from(graphemes(input.line.slice(0, input.cursor)), visible);
  const after = Array.from(graphemes(input.line.slice(input.cursor)), visible);
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
