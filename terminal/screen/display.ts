import { fixedWidth } from "./fixed-width.ts";
import type { Frame, Size } from "./frame.ts";

const ESC = "\u001b[";
/** Alternate screen; no automatic wrapping; save the wheel mode, then let the wheel send arrow keys; focus events; bracketed paste. */
const MODES_ON = ["?1049h", "?7l", "?1007s", "?1007h", "?1004h", "?2004h"];
const MODES_OFF = ["?2004l", "?1004l", "?1007r", "?7h", "?25h", "?1049l"];

/** Used if the terminal reports no size. */
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

export interface Display {
  readonly size: Size;
  /** Writes the rows that changed since the last frame. */
  draw(frame: Frame): void;
  /** Clears the screen, so that the next frame is drawn completely. */
  invalidate(): void;
  close(): void;
}

/** Takes over the whole screen of a terminal; `close` restores it. */
export function openDisplay(output: NodeJS.WriteStream): Display {
  let drawn: readonly string[] = [];
  let closed = false;
  output.write(codes(MODES_ON));
  return {
    get size() {
      // Some pseudo-terminals report 0.
      return { columns: output.columns || DEFAULT_SIZE.columns, rows: output.rows || DEFAULT_SIZE.rows };
    },
    draw({ rows, cursor }) {
      if (closed) return;
      const changed = rows.flatMap((row, index) =>
        row === drawn[index] ? [] : `${ESC}${index + 1};1H${ESC}K${fixedWidth(row)}${ESC}0m`,
      );
      const below = rows.length < drawn.length ? [`${ESC}${rows.length + 1};1H${ESC}J`] : [];
      const moveCursor = `${ESC}${cursor.row + 1};${cursor.column + 1}H`;
      output.write(`${ESC}?25l${changed.join("")}${below.join("")}${moveCursor}${ESC}?25h`);
      drawn = rows;
    },
    invalidate() {
      drawn = [];
      if (!closed) output.write(`${ESC}2J`);
    },
    close() {
      if (closed) return;
      closed = true;
      output.write(codes(MODES_OFF));
    },
  };
}

function codes(modes: readonly string[]): string {
  return modes.map((mode) => ESC + mode).join("");
}
