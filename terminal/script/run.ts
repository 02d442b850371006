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

/** Runs `--send` or `--tail`. Keeps no outbox, because a script retries by itself after a failure. */
export async function runScript(
  task: SendTask | TailTask,
  access: Access,
  shutdown: Shutdown,
  palette: Palette,
): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const output: ScriptOutput = {
    print: (line) => void stdout.write(`${line}\n`),
    error: (message) => void stderr.write(`${sanitize(message)}\n`),
  };
  // The reader of the output has exited: `chat alice --tail | head`.
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
  // Read before connecting, because `--timeout` is only for the network.
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
