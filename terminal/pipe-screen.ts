import { createInterface } from "node:readline";
import type { Screen, ScreenListener } from "./screen.ts";

/** A pipe: lines in, lines out, nothing else. */
export function openPipe(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  listener: ScreenListener,
): Screen {
  const lines = createInterface({ input });
  let closed = false;
  lines.on("line", (line) => listener.typed(line));
  lines.on("close", () => {
    if (!closed) listener.ended();
  });
  // Whoever read our lines has gone: `chat alice | head`.
  output.on("error", () => listener.interrupted());
  return {
    columns: undefined,
    print: (line) => void output.write(`${line}\n`),
    setPrompt: () => {},
    close: () => {
      closed = true;
      lines.close();
    },
  };
}
