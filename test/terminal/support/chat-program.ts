import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { temporaryFolder } from "../../support/process.ts";

export interface ChatProgram {
  /** Lines of the output, without dates and times. */
  lines(): string[];
  output(): string;
  errors(): string;
  type(...lines: string[]): void;
  end(): void;
  /** Closes the reading end of its output. */
  stopReading(): void;
  kill(signal?: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

/** Runs the program as a script would: with pipes instead of a terminal, and with a state folder of the test. */
export function chat(...argv: string[]): ChatProgram {
  return chatIn(temporaryFolder(), ...argv);
}

/** Runs the program with this state folder, which other programs may have used before. */
export function chatIn(home: string, ...argv: string[]): ChatProgram {
  const child = spawn(process.execPath, ["terminal/main.ts", ...argv], {
    env: { ...process.env, TZ: "UTC", XDG_STATE_HOME: home },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (errors += chunk));
  return {
    lines: () => output.split("\n").map((line) => line.replace(/^(\d+ \w+ )?\d\d:\d\d /, "")),
    output: () => output,
    errors: () => errors,
    type: (...lines) => void child.stdin.write(lines.map((line) => `${line}\n`).join("")),
    end: () => child.stdin.end(),
    stopReading: () => void child.stdout.destroy(),
    kill: (signal) => void child.kill(signal),
    exited: new Promise((resolve) => child.on("close", resolve)),
  };
}

/** Waits until the program prints this line. */
export function shows(program: ChatProgram, line: string): Promise<unknown> {
  return eventually(
    `the line ${line}`,
    () => {
      if (!program.lines().includes(line))
        throw new Error(`the output is ${program.output()}${program.errors()}`);
      return true;
    },
    { timeoutMs: 15_000 },
  );
}
