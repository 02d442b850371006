import { createWriteStream, renameSync, statSync } from "node:fs";
import { finished } from "node:stream/promises";

const ROTATE_BYTES = 16 * 1024 * 1024;

/** The file for the output of functions. A large file of earlier runs is kept as `<file>.1`. */
export interface FunctionLog {
  write(functionName: string, line: string): void;
  close(): Promise<void>;
}

export function openFunctionLog(file: string): FunctionLog {
  rotate(file);
  const stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  // With a full disk the log ends, but the chat goes on.
  stream.on("error", (error) => console.error(`Cannot write to ${file}: ${error.message}`));
  return {
    write(functionName, line) {
      stream.write(`${functionName} ${line}\n`);
    },
    async close() {
      stream.end();
      await finished(stream).catch(() => {}); // Reported above.
    },
  };
}

function rotate(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && stats.size > ROTATE_BYTES) renameSync(file, `${file}.1`);
}
