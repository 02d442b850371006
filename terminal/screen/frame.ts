import type { Palette } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { charactersOf, shorten, widthOf } from "../text/text-width.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a screen shows: as many rows as it has, and where the cursor stands. */
export interface Frame {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface Typed {
  readonly line: string;
  /** In UTF-16 code units. */
  readonly cursor: number;
}

export interface Parts {
  /** Of plain text, as is `aside`, to the right of it. */
  readonly title: string;
  readonly aside: string;
  readonly body: readonly string[];
  /** A body that does not fill the screen stands at its foot. */
  readonly atFoot: boolean;
  readonly note: string;
  readonly isComplaint: boolean;
  /** To the right of the note. */
  readonly below: string;
  readonly typed: Typed;
  /** Stands where nothing is typed. */
  readonly placeholder: string;
}

/** Rows that are not the body's: title, note, what is typed. */
const OTHER_ROWS = 3;
const PROMPT = "> ";
/** Of a rule with words in it. */
const LEAST_COLUMNS = 12;

export function bodyHeight({ rows }: Size): number {
  return Math.max(0, rows - OTHER_ROWS);
}

export function composeFrame(parts: Parts, size: Size, palette: Palette): Frame {
  const height = bodyHeight(size);
  const body = parts.body.slice(0, height);
  const blank = Array.from({ length: height - body.length }, () => "");
  const input = inputRow(parts, size.columns, palette);
  const rows = [
    palette.bar(titleRow(parts, size.columns)),
    ...(parts.atFoot ? [...blank, ...body] : [...body, ...blank]),
    ruleRow(parts, size.columns, palette),
    input.row,
  ];
  // Of a screen with no room for all, the last rows: what is typed is seen.
  const shown = rows.slice(-size.rows);
  return { rows: shown, cursor: { row: shown.length - 1, column: input.column } };
}

function titleRow({ title, aside }: Parts, columns: number): string {
  const right = aside === "" ? "" : ` ${shorten(aside, Math.max(0, columns - 4))} `;
  const left = shorten(` ${title}`, Math.max(0, columns - widthOf(right)));
  return left + " ".repeat(Math.max(0, columns - widthOf(left) - widthOf(right))) + right;
}

function ruleRow({ note, isComplaint, below }: Parts, columns: number, palette: Palette): string {
  const right = below === "" || columns < LEAST_COLUMNS ? "" : ` ${shorten(below, columns - 6)} ──`;
  const room = columns - widthOf(right) - 5;
  const words = note === "" || room < 4 ? "" : ` ${shorten(note, room)} `;
  const line = "─".repeat(Math.max(0, columns - widthOf(words) - widthOf(right) - 2));
  return (
    palette.dim("──".slice(0, columns)) +
    (isComplaint ? palette.red(words) : palette.dim(words)) +
    palette.dim(line + right)
  );
}

/** The part of what is typed that has the cursor in it. */
function inputRow({ typed, placeholder }: Parts, columns: number, palette: Palette) {
  const room = Math.max(1, columns - PROMPT.length - 1);
  if (typed.line === "") {
    return { row: PROMPT + palette.dim(shorten(placeholder, room)), column: PROMPT.length };
  }
  const before = charactersOf(typed.line.slice(0, typed.cursor)).map(shownAs);
  const after = charactersOf(typed.line.slice(typed.cursor)).map(shownAs);
  let column = widthOf(before.join(""));
  while (column > room) column -= widthOf(before.shift() ?? "");
  let text = before.join("");
  for (const character of after) {
    if (widthOf(text + character) > room) break;
    text += character;
  }
  return { row: PROMPT + text, column: PROMPT.length + column };
}

function shownAs(character: string): string {
  return sanitize(character) || "·";
}
