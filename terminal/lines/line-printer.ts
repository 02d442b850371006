import type { Palette } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";

/** Lines out. */
export class LinePrinter {
  readonly #palette: Palette;
  readonly #write: (line: string) => void;

  constructor(palette: Palette, write: (line: string) => void) {
    this.#palette = palette;
    this.#write = write;
  }

  /** A line that has been made for a terminal. */
  print(line: string): void {
    this.#write(line);
  }

  info(text: string): void {
    this.#write(this.#palette.dim(sanitize(text)));
  }

  error(text: string): void {
    this.#write(this.#palette.red(sanitize(text)));
  }
}
