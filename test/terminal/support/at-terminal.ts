import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { temporaryFolder } from "../../support/process.ts";
import { VirtualScreen } from "./virtual-screen.ts";

/** True if Python can open a pseudo-terminal: Node cannot, and nearly every machine has Python. */
export const hasPseudoTerminals =
  process.platform !== "win32" && spawnSync("python3", ["-c", "import pty"]).status === 0;

const ENTERS_SCREEN = "\u001b[?1049h";
const LEAVES_SCREEN = "\u001b[?1049l";

/** Draws the part of this output that was written to the alternate screen. */
function screenAfter(output: string): VirtualScreen {
  const screen = new VirtualScreen(80, 24);
  const [, drawn = ""] = output.split(LEAVES_SCREEN)[0]?.split(ENTERS_SCREEN) ?? [];
  // The last control sequence may not have arrived completely.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's language is control characters
  screen.write(drawn.replace(/\u001b(\[[?\d;]*)?$/, ""));
  return screen;
}

/** Starts the chat at a pseudo-terminal. */
export function chatAtTerminal(argv: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const program = [process.execPath, "terminal/main.ts", ...argv];
  const child = spawn("python3", [join(import.meta.dirname, "at_terminal.py"), ...program], {
    env: {
      ...process.env,
      TERM: "xterm",
      TZ: "UTC",
      NO_COLOR: "1",
      XDG_STATE_HOME: temporaryFolder(),
      ...environment,
    },
  });
  let output = "";
  let words = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk) => (words += chunk));
  const pid = () => Number.parseInt(words, 10) || undefined;
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  onTestFinished(async () => {
    if (child.exitCode === null) process.kill(pid() ?? child.pid ?? 0, "SIGKILL");
    await exited;
  });
  return {
    screen: () => screenAfter(output),
    output: () => output,
    /** Returns what the chat wrote after it left the alternate screen. */
    afterwards: () => output.split(LEAVES_SCREEN)[1],
    type: (keys: string) => void child.stdin.write(keys),
    kill: (signal: NodeJS.Signals) => process.kill(pid() ?? 0, signal),
    shows: (text: string) =>
      eventually(
        `the terminal to show ${text}`,
        () => {
          const shown = output.includes(ENTERS_SCREEN) ? screenAfter(output).text : output;
          if (!shown.includes(text)) throw new Error(`the screen shows:\n${shown}${words}`);
          return true;
        },
        { timeoutMs: 15_000 },
      ),
    /** Waits for the exit code, and checks that the terminal echoes typed text again. */
    async end() {
      const exitCode = await exited;
      return { exitCode, isCooked: words.trimEnd().endsWith("cooked") };
    },
  };
}
