import { createInterface } from "node:readline";

export interface PipeListener {
  typed(line: string): void;
  /** No more lines will come. */
  ended(): void;
}

/** Lines in, and nothing else. Returns how to stop listening. */
export function readLines(input: NodeJS.ReadableStream, listener: PipeListener): () => void {
  const lines = createInterface({ input, terminal: false });
  let closed = false;
  lines.on("line", (line) => listener.typed(line));
  lines.on("close", () => {
    if (!closed) listener.ended();
  });
  return () => {
    closed = true;
    lines.close();
  };
}
