import { createInterface } from "node:readline";

export interface LineListener {
  onLine(line: string): void;
  /** Called at the end of input. */
  onEnd(): void;
}

/** Reads lines until the end of input. Returns a function that stops reading. */
export function readLines(input: NodeJS.ReadableStream, listener: LineListener): () => void {
  const lines = createInterface({ input, terminal: false });
  let closed = false;
  lines.on("line", (line) => listener.onLine(line));
  lines.on("close", () => {
    if (!closed) listener.onEnd();
  });
  return () => {
    closed = true;
    lines.close();
  };
}
