import type { Style } from "../text/palette.ts";

export interface Window {
  readonly columns: number;
  /** Rows for the body of the page. */
  readonly height: number;
}

/** Content of the screen between the title and the input line. */
export interface Page {
  readonly placeholder: string;
  /** Aligns the rows to the bottom, where the newest are. */
  readonly alignBottom: boolean;
  title(style: Style): string;
  body(window: Window, style: Style): readonly string[];
  /** Returns current activity, such as who is typing, or an empty string. */
  activity(): string;
  /** Returns a hint about rows below the screen, or an empty string. */
  scrollHint(): string;
  /** Scrolls down by a number of rows, or up if it is negative. */
  scroll(rows: number, window: Window, style: Style): void;
  /** Called after the body has been drawn. */
  afterDraw(): void;
  close(): void;
}
