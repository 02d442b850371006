import { createInterface } from "node:readline";

export interface LineListener {
  onLine(line: string): void;
  /** No more lines will come. */
  onEnd(): void;
}

/** Lines in, and nothing else. Returns how to stop listening. */
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
