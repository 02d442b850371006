import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";

const ROOT = join(import.meta.dirname, "..", "..");

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Script {
  readonly child: ChildProcess;
  readonly exitCode: Promise<number | null>;
  output(): string;
  /** Waits until the output matches, and returns the match. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  killHard(): Promise<void>;
}

/** Runs a script of this repository in its own process, which is killed when the test ends. */
export function runScript(script: string, ...args: string[]): Script {
  // Its stdin stays open and silent, so that a chat goes on.
  const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  const exitCode = new Promise<number | null>((resolve) => child.once("close", resolve));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const killHard = async () => {
    child.kill("SIGKILL");
    // Not for `close`: a builder that it has started may keep its output open for a while.
    if (child.exitCode === null && child.signalCode === null) await exited;
  };
  onTestFinished(killHard);
  return {
    child,
    exitCode,
    output: () => output,
    killHard,
    says: (pattern) =>
      eventually(
        `the output to match ${pattern}`,
        () => {
          if (child.exitCode !== null && !pattern.test(output)) throw new Error(`ended: ${output}`);
          return pattern.exec(output);
        },
        { timeoutMs: 20_000 },
      ),
  };
}
