import { text } from "node:stream/consumers";
import type { Access } from "../access/access.ts";
import type { SendTask, TailTask } from "../cli/arguments.ts";
import type { Shutdown } from "../session/shutdown.ts";
import { startClient } from "../session/start-client.ts";
import type { Palette } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import type { ScriptOutput } from "./json-line.ts";
import { send } from "./send.ts";
import { tail } from "./tail.ts";

/** Nothing is kept: a script that is told that it failed tries again by itself. */
export async function runScript(
  task: SendTask | TailTask,
  access: Access,
  shutdown: Shutdown,
  palette: Palette,
): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const output: ScriptOutput = {
    print: (line) => void stdout.write(`${line}\n`),
    error: (words) => void stderr.write(`${sanitize(words)}\n`),
  };
  // Whoever read our lines has gone: `chat alice --tail | head`.
  stdout.on("error", () => shutdown.exit(0));
  const client = startClient({
    access,
    storage: undefined,
    signal: shutdown.signal,
    onProblem: output.error,
    onRefused: ({ message }) => {
      output.error(message);
      shutdown.exit(1);
    },
  });
  shutdown.beforeExit(() => client.close());
  client.on("error", ({ code, message }) => {
    if (code !== "unreachable") output.error(message);
  });
  client.on("state", (state) => {
    if (state === "ended") shutdown.exit(1);
  });
  // Before anything else: the time of `--timeout` is for the network.
  const message = "send" in task ? (task.send ?? trimFinalNewline(await text(stdin))) : "";
  client.connect();
  const nowMs = () => Date.now();
  const { user } = access;
  shutdown.exit(
    "send" in task
      ? await send(client, { ...task, text: message }, output)
      : await tail(client, { ...task, user, target: task.tail, palette, nowMs }, output),
  );
}

function trimFinalNewline(input: string): string {
  return input.replace(/\r?\n$/, "");
}
