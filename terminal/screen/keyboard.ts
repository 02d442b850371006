import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { InputLine } from "./frame.ts";

export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

export interface KeyboardListener {
  /** Called after the key has changed the line. */
  onKey(key: Key): void;
  /** Called with an entered line. If it returns false, the line stays to be corrected. */
  onLine(text: string): boolean;
  /** Called on Ctrl+C. */
  onInterrupt(): void;
  /** Called on Ctrl+D on an empty line, or when the terminal is gone. */
  onEnd(): void;
  /** Takes the line up to the cursor; returns the completions and the part of the line that they replace. */
  complete(line: string): [string[], string];
}

export interface Keyboard {
  readonly input: InputLine;
  close(): void;
}

/** Stands for the line breaks of a pasted text. */
const LINE_BREAK = "↵";
/** Time without further input after which Escape counts as the key and not as the start of a sequence. */
const ESCAPE_TIMEOUT_MS = 60;

/** Edits a line with readline, which draws nothing: the caller draws `input`. */
export function openKeyboard(input: NodeJS.ReadableStream, listener: KeyboardListener): Keyboard {
  const discard = new Writable({ write: (_chunk, _encoding, done) => done() });
  let pasting = false;
  let closed = false;
  const editor = createInterface({
    input,
    output: discard,
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
  // Ctrl+Z would stop only this process, and leave npm waiting for it at a dead terminal.
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
