import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks the person at the terminal for input. */
export interface Prompt {
  line(question: string): Promise<string>;
  /** Does not echo the answer. */
  secret(question: string): Promise<string>;
  print(text: string): void;
}

/** The person pressed Ctrl+C or Ctrl+D at a prompt. */
export class PromptCancelledError extends Error {
  override readonly name = "NotAnsweredError";
}

/** Returns undefined if input or output is a pipe, so that nobody can answer. */
export function terminalPrompt(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Prompt | undefined {
  if (!input.isTTY || !output.isTTY) return undefined;
  return {
    line: (question) => askQuestion(input, output, question),
    async secret(question) {
      output.write(question);
      const discard = new Writable({ write: (_chunk, _encoding, done) => done() });
      try {
        return await askQuestion(input, discard, "");
      } finally {
        output.write("\n");
      }
    },
    print: (text) => void output.write(`${text}\n`),
  };
}

async function askQuestion(
  input: NodeJS.ReadStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string> {
  const lines = createInterface({ input, output, terminal: true, historySize: 0 });
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => reject(new PromptCancelledError("the prompt was cancelled"));
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
