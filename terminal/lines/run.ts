import { parseInput } from "../commands/parse.ts";
import type { ChatSession } from "../session/chat-session.ts";
import { PresenceWatch } from "../session/presence-watch.ts";
import { startClient } from "../session/start-client.ts";
import { unsentNotice } from "../session/wait-for.ts";
import { LineChat } from "./line-chat.ts";
import { LinePrinter } from "./line-printer.ts";
import { readLines } from "./read-lines.ts";

/** Runs the line chat until the user or the end of input ends it. */
export function runLines({ access, target, outbox, palette, shutdown }: ChatSession): void {
  const { stdin, stdout } = process;
  const interactive = stdin.isTTY === true;
  const printer = new LinePrinter(palette, (line) => void stdout.write(`${line}\n`));
  const fail = ({ message }: Error) => {
    printer.error(message);
    shutdown.exit(1);
  };
  const client = startClient({
    access,
    storage: outbox?.storage,
    signal: shutdown.signal,
    onProblem: (problem) => printer.info(problem),
    onRefused: fail,
  });
  const { user } = access;
  const nowMs = () => Date.now();
  const chat = new LineChat({
    user,
    target,
    client,
    printer,
    palette,
    nowMs,
    interactive,
    onInvalidTarget: fail,
  });
  // A script does not look at presence.
  if (interactive) new PresenceWatch(client);
  const finish = () => void chat.finished().then((exitCode) => shutdown.exit(exitCode));
  const stopReading = readLines(stdin, {
    onLine: (line) => (parseInput(line).do === "quit" ? finish() : chat.execute(line)),
    onEnd: finish,
  });
  // The reader of the output has exited: `chat alice | head`.
  stdout.on("error", () => shutdown.exit(client.pending().length > 0 ? 1 : 0));
  client.on("state", (state) => {
    if (state === "ended") shutdown.exit(1);
  });
  shutdown.beforeExit(async () => {
    stopReading();
    const unsent = client.pending().length;
    client.close();
    if (unsent > 0) printer.info(unsentNotice(unsent, outbox !== undefined));
    await outbox?.released;
  });
  client.connect();
}
