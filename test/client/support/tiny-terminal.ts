import { Writable } from "node:stream";

/** As much of a terminal as readline uses, to see what a person would see. */
export class TinyTerminal extends Writable {
  readonly isTTY = true;
  readonly columns: number;
  readonly rows = 1000;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  /** The screen, without spaces at the ends of lines and empty lines below. */
  get screen(): string {
    return this.#lines
      .map((line) => line.join("").trimEnd())
      .join("\n")
      .trimEnd();
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    const text = String(chunk);
    for (let index = 0; index < text.length; index++) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's language is control characters
      const sequence = /^\u001b\[(\d*)([A-Z])/.exec(text.slice(index));
      if (sequence) {
        this.#control(sequence[2] ?? "", Number(sequence[1] || (sequence[2] === "J" ? 0 : 1)));
        index += sequence[0].length - 1;
      } else this.#put(text[index] ?? "");
    }
    done();
  }

  #control(command: string, count: number): void {
    if (command === "A") this.#row = Math.max(0, this.#row - count);
    else if (command === "B") this.#goTo(this.#row + count);
    else if (command === "C") this.#column = Math.min(this.columns - 1, this.#column + count);
    else if (command === "D") this.#column = Math.max(0, this.#column - count);
    else if (command === "G") this.#column = count - 1;
    else if (command === "J") {
      this.#line().splice(this.#column);
      this.#lines.splice(this.#row + 1);
    } else if (command === "K") this.#line().splice(this.#column);
    else throw new Error(`this terminal knows no CSI ${command}`);
  }

  #put(character: string): void {
    if (character === "\n") {
      // A terminal in the mode a shell leaves it in: a new line also starts at its beginning.
      this.#goTo(this.#row + 1);
      this.#column = 0;
    } else if (character === "\r") this.#column = 0;
    else {
      if (this.#column === this.columns) {
        this.#goTo(this.#row + 1);
        this.#column = 0;
      }
      const line = this.#line();
      while (line.length < this.#column) line.push(" ");
      line[this.#column] = character;
      this.#column += 1;
    }
  }

  #goTo(row: number): void {
    this.#row = row;
    while (this.#lines.length <= row) this.#lines.push([]);
  }

  #line(): string[] {
    return this.#lines[this.#row] ?? [];
  }
}
