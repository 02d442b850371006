import type { Style } from "../text/palette.ts";
import { wrap } from "../text/text-width.ts";
import type { Page, Window } from "./page.ts";

/** Something to read, and to leave. */
export class TextPage implements Page {
  readonly placeholder = "Esc goes back";
  readonly alignBottom = false;
  readonly #title: string;
  readonly #lines: (style: Style) => readonly string[];
  #top = 0;
  #hidden = 0;

  constructor(title: string, lines: (style: Style) => readonly string[]) {
    this.#title = title;
    this.#lines = lines;
  }

  title(): string {
    return this.#title;
  }

  body(window: Window, style: Style): readonly string[] {
    const rows = this.#rows(window, style);
    this.#top = Math.min(this.#top, Math.max(0, rows.length - window.height));
    const shown = rows.slice(this.#top, this.#top + window.height);
    this.#hidden = rows.length - this.#top - shown.length;
    return shown;
  }

  activity(): string {
    return "";
  }

  scrollHint(): string {
    return this.#hidden > 0 ? `↓ ${this.#hidden} more` : "";
  }

  scroll(rows: number, window: Window, style: Style): void {
    const most = Math.max(0, this.#rows(window, style).length - window.height);
    this.#top = Math.min(most, Math.max(0, this.#top + rows));
  }

  afterDraw(): void {}

  close(): void {}

  #rows({ columns }: Window, style: Style): string[] {
    return this.#lines(style).flatMap((line) => wrap(line, columns));
  }
}
