import { createWriteStream, renameSync, statSync } from "node:fs";
import { finished } from "node:stream/promises";

const ROTATE_BYTES = 16 * 1024 * 1024;

/** The file that takes what functions write; the one before is kept as `<file>.1`. */
export interface FunctionLog {
  write(functionName: string, line: string): void;
  close(): Promise<void>;
}

export function openFunctionLog(file: string): FunctionLog {
  rotate(file);
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  // A full disk costs the log, not the chat.
  stream.on("error", (error) => console.error(`${file} cannot be written any more: ${error.message}`));
  return {
    write(functionName, line) {
      stream.write(`${functionName} ${line}\n`);
    },
    async close() {
      stream.end();
      await finished(stream).catch(() => {}); // Said above.
    },
  };
}

function rotate(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && stats.size > ROTATE_BYTES) renameSync(file, `${file}.1`);
}
