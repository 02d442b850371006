import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { InputLine } from "./frame.ts";

export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

export interface KeyboardListener {
  /** After what the key did to the line. */
  onKey(key: Key): void;
  /** Returns whether it was understood: else it stays, to be corrected. */
  onLine(text: string): boolean;
  /** Ctrl+C. */
  onInterrupt(): void;
  /** Ctrl+D on an empty line, or the terminal is gone. */
  onEnd(): void;
  /** Of a line up to the cursor: what it may become, and which part of it that replaces. */
  complete(line: string): [string[], string];
}

export interface Keyboard {
  readonly input: InputLine;
  close(): void;
}

/** Stands in a line for the breaks of a text that was pasted. */
const LINE_BREAK = "↵";
/** A lone Escape is one when nothing has followed for so long. */
const ESCAPE_TIMEOUT_MS = 60;

/** A line that is edited as readline does it, drawn by somebody else. */
export function openKeyboard(input: NodeJS.ReadableStream, listener: KeyboardListener): Keyboard {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  let pasting = false;
  let closed = false;
  const editor = createInterface({
    input,
    output: nowhere,
    terminal: true,
    historySize: 0,
    escapeCodeTimeout: ESCAPE_TIMEOUT_MS,
    completer: (line: string) => listener.complete(line),
  });
  editor.on("line", (line) => {
    if (pasting) editor.write(line + LINE_BREAK);
    else if (!listener.onLine(line.replaceAll(LINE_BREAK, "\n"))) editor.write(line);
  });
  editor.on("SIGINT", () => listener.onInterrupt());
  // Ctrl-Z would stop this process alone, and leave npm, which waits for it, in front of a dead terminal.
  editor.on("SIGTSTP", () => {});
  editor.on("close", () => {
    if (!closed) listener.onEnd();
  });
  input.on("keypress", (_text: string | undefined, key: Key) => {
    if (key.name === "paste-start" || key.name === "paste-end") pasting = key.name === "paste-start";
    if (!closed) listener.onKey(key);
  });
  return {
    get input() {
      return { line: editor.line, cursor: editor.cursor };
    },
    close() {
      closed = true;
      editor.close();
    },
  };
}
