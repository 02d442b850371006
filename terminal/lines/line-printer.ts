import type { Palette } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";

/** Prints lines to a terminal or a pipe. */
export class LinePrinter {
  readonly #palette: Palette;
  readonly #write: (line: string) => void;

  constructor(palette: Palette, write: (line: string) => void) {
    this.#palette = palette;
    this.#write = write;
  }

  /** Prints a formatted line, which must be sanitized already. */
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
