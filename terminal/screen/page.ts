import type { Style } from "../text/palette.ts";

export interface Window {
  readonly columns: number;
  /** Of the page's body. */
  readonly height: number;
}

/** What the screen shows between its title and what is typed. */
export interface Page {
  readonly placeholder: string;
  /** Its rows stand at the foot, where the newest is. */
  readonly alignBottom: boolean;
  title(style: Style): string;
  body(window: Window, style: Style): readonly string[];
  /** What happens there just now. */
  activity(): string;
  /** What lies below. */
  scrollHint(): string;
  /** So many rows down; negative: up. */
  scroll(rows: number, window: Window, style: Style): void;
  /** Its body has been drawn. */
  afterDraw(): void;
  close(): void;
}
