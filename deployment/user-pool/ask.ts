import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks the person at the terminal. */
export interface Ask {
  line(question: string): Promise<string>;
  /** What is typed is not shown. */
  secret(question: string): Promise<string>;
  say(text: string): void;
}

/** Ctrl+C or Ctrl+D at a question. */
export class NotAnsweredError extends Error {
  override readonly name = "NotAnsweredError";
}

/** Undefined where nobody sits: input or output is a pipe. */
export function askAtTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Ask | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  return {
    line: (question) => askOnce(input, output, question),
    async secret(question) {
      output.write(question);
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      try {
        return await askOnce(input, nowhere, "");
      } finally {
        output.write("\n");
      }
    },
    say: (text) => void output.write(`${text}\n`),
  };
}

async function askOnce(
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string> {
  const lines = createInterface({ input, output, terminal: true, historySize: 0 });
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new NotAnsweredError("nothing was answered"));
    lines.once("SIGINT", stop);
    lines.once("close", stop);
  });
  try {
    return await Promise.race([lines.question(question), stopped]);
  } finally {
    stopped.catch(() => {});
    lines.close();
  }
}
