import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";
import type { Screen, ScreenListener } from "./screen.ts";

/** Measuring a line on every key is quadratic for a pasted one; a person's own lines are shorter than this. */
const LONGEST_MEASURED_LINE = 2_000;

/** A terminal: what arrives is printed above the line being typed, which stays as it is. */
export function openTerminal(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  listener: ScreenListener,
): Screen {
  const editor = createInterface({ input, output, prompt: "" });
  let closed = false;

  const toStartOfPrompt = (rowsUp: number) => {
    cursorTo(output, 0);
    moveCursor(output, 0, -rowsUp);
    clearScreenDown(output);
  };

  // Before readline itself sees the key.
  input.prependListener("keypress", () => {
    if (!closed && editor.line.length < LONGEST_MEASURED_LINE) settleCursor(editor, output);
  });
  editor.on("line", (line) => {
    // Readline has left the line on the screen; it comes back as a message when it is one. The row it reached is
    // asked of readline itself, which knows how wide characters are.
    const prompt = editor.getPrompt();
    editor.setPrompt(prompt + line);
    const { rows } = editor.getCursorPos();
    editor.setPrompt(prompt);
    toStartOfPrompt(rows + 1);
    listener.typed(line);
    if (!closed) editor.prompt();
  });
  // Before readline itself draws its prompt again. A terminal that changes its width moves wrapped lines about, and
  // where a prompt of several rows begins is then anyone's guess: it is left where it is and drawn anew below, rather
  // than cleared together with messages above it.
  let wasLong = false;
  const isLong = () =>
    editor.getPrompt().length + editor.line.length >= (output.columns || Number.POSITIVE_INFINITY);
  input.on("keypress", () => {
    wasLong = isLong();
  });
  output.prependListener("resize", () => {
    if (closed || !(wasLong || isLong())) return;
    wasLong = isLong();
    output.write("\n");
    setRows(editor, 0);
  });
  editor.on("SIGINT", () => listener.interrupted());
  // Ctrl-Z would stop this process alone, and leave npm, which waits for it, in front of a dead terminal.
  editor.on("SIGTSTP", () => {});
  editor.on("close", () => {
    if (!closed) listener.ended();
  });

  return {
    get columns() {
      // Some pseudo-terminals say 0.
      return output.columns || undefined;
    },
    print(line) {
      if (closed) {
        output.write(`${line}\n`);
        return;
      }
      toStartOfPrompt(settleCursor(editor, output));
      output.write(`${line}\n`);
      setRows(editor, 0);
      editor.prompt(true);
    },
    setPrompt(prompt) {
      if (closed || prompt === editor.getPrompt()) return;
      settleCursor(editor, output);
      editor.setPrompt(prompt);
      editor.prompt(true);
    },
    close() {
      if (closed) return;
      toStartOfPrompt(settleCursor(editor, output));
      closed = true;
      editor.close();
    },
  };
}

/**
 * Makes sure that the cursor is where readline believes it is, and returns how many rows that is below the start
 * of the prompt. After a paste it may not be: readline then neither counts the rows nor moves on from the end of a
 * full one, where terminals keep the cursor until the next character.
 */
function settleCursor(editor: Interface, output: NodeJS.WriteStream): number {
  const { rows, cols } = editor.getCursorPos();
  if (cols === 0 && rows > 0 && editor.cursor === editor.line.length) output.write(" \r");
  setRows(editor, rows);
  return rows;
}

/** How far readline goes up to draw its prompt again. Not documented; as old as readline. */
function setRows(editor: Interface, rows: number): void {
  (editor as Interface & { prevRows?: number }).prevRows = rows;
}
