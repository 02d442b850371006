import type { TimelineEntry } from "../../client/src/index.ts";
import { isContent } from "../../client/src/ui.ts";
import { formatMarks, formatStatus } from "../format/entry.ts";
import { linesOf, textOf } from "../format/entry-text.ts";
import { formatClock, formatDay, isSameDay } from "../format/time.ts";
import type { Style } from "../text/palette.ts";
import { sanitize, userName } from "../text/sanitize.ts";
import { fitWidth, textWidth, truncate, wrap } from "../text/text-width.ts";

export interface ColumnLayout {
  readonly columns: number;
  /** Width of the name column. */
  readonly nameWidth: number;
}

/** Minimum width for comfortable reading; below it the time is left out. */
const MIN_TEXT_WIDTH = 16;

/** Formats an entry as rows, with a text of any length in its own column beside the name. */
export function entryRows(
  entry: TimelineEntry,
  { columns, nameWidth }: ColumnLayout,
  style: Style,
): string[] {
  const { palette, user, nowMs, timeZone, numbers = false } = style;
  const { sender, seq, sentAtMs, kind, status, error } = entry;
  const own = sender === user;
  const name = own ? "you" : userName(sender);
  const number = numbers ? `${seq === undefined ? "" : `#${seq}`}`.padEnd(5) : "";
  const stamp = `${formatClock(sentAtMs ?? nowMs, timeZone)} ${number}`;
  const time = columns - stamp.length - nameWidth - 2 < MIN_TEXT_WIDTH ? "" : palette.dim(stamp);
  const mark = status === undefined ? "" : `  ${formatStatus(status, palette)}`;
  const why = status === "failed" ? palette.red(` not sent: ${sanitize(error?.message ?? "")}`) : "";
  if (!isContent(kind)) {
    const event = palette.dim(`· ${name} ${textOf(entry)}`) + (status === "sent" ? "" : mark) + why;
    return hangingIndent(time, [event], columns);
  }
  const padded = fitWidth(name, nameWidth);
  const lines = linesOf(entry);
  const last = lines.pop() ?? "";
  const marked = `${last}${formatMarks(entry, palette)}${mark}${why}`;
  return hangingIndent(`${time}${own ? padded : palette.person(padded)}  `, [...lines, marked], columns);
}

/** Formats the divider between two days: `── Sat 21 November ──`. */
export function dayRow(atMs: number, columns: number, { palette, nowMs, timeZone }: Style): string {
  return divider(
    isSameDay(atMs, nowMs, timeZone) ? "today" : formatDay(atMs, nowMs, timeZone),
    columns,
    palette.dim,
  );
}

/** Formats the divider above new messages. */
export function newRow(columns: number, { palette }: Style): string {
  return divider("new", columns, palette.red);
}

export function divider(words: string, columns: number, paint: (text: string) => string): string {
  const text = truncate(words, Math.max(0, columns - 8));
  return paint(`${" ".repeat(Math.max(0, Math.floor((columns - textWidth(text) - 6) / 2)))}── ${text} ──`);
}

/** Puts lines beside a first column, which is empty in all rows but the first. */
function hangingIndent(first: string, lines: readonly string[], columns: number): string[] {
  const indent = textWidth(first);
  const rows = lines.flatMap((line) => wrap(line, columns - indent));
  return rows.map((row, index) => (index === 0 ? first : " ".repeat(indent)) + row);
}
