import { Writable } from "node:stream";
import { graphemes } from "../../../client/src/ui.ts";
import { textWidth } from "../../../terminal/text/text-width.ts";

/** A terminal with the control sequences that the full-screen chat uses; shows what a person would see. */
export class VirtualScreen extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  readonly modes = new Set<string>();
  /** All output so far, control sequences included. */
  written = "";
  #cells: string[][] = [];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  /** Text of each row, without styles and trailing spaces. */
  get lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) => (this.#cells[row] ?? []).join("").trimEnd());
  }

  get text(): string {
    return this.lines.join("\n");
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit("resize");
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = String(chunk);
    this.written += text;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's language is control characters
    for (const part of text.split(/(\u001b\[[?\d;]*[A-Za-z])/)) {
      if (part.startsWith("\u001b[")) this.#control(part.slice(2, -1), part.at(-1) ?? "");
      else for (const character of graphemes(part)) this.#put(character);
    }
    done();
  }

  #control(parameters: string, command: string): void {
    if (command === "h") this.modes.add(parameters);
    else if (command === "l" || command === "r") this.modes.delete(parameters);
    else if (command === "H") {
      const [row = 1, column = 1] = parameters.split(";").map(Number);
      this.#row = row - 1;
      this.#column = column - 1;
    } else if (command === "G") this.#column = Number(parameters) - 1;
    else if (command === "K") this.#cells[this.#row]?.splice(this.#column);
    else if (command === "J" && parameters === "2") this.#cells = [];
    else if (command === "J") this.#cells.splice(this.#row);
    else if (command !== "m" && command !== "s")
      throw new Error(`this terminal does not support CSI ${parameters}${command}`);
  }

  #put(character: string): void {
    const width = textWidth(character);
    const isOutside = this.#row >= this.rows || this.#column + width > this.columns;
    if (isOutside) throw new Error(`${JSON.stringify(character)} outside the screen: ${this.text}`);
    this.#cells[this.#row] ??= [];
    const line = this.#cells[this.#row] ?? [];
    while (line.length < this.#column) line.push(" ");
    line.splice(this.#column, width, character, ...Array.from({ length: width - 1 }, () => ""));
    this.#column += width;
  }
}
