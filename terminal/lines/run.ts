import { parseInput } from "../commands/parse.ts";
import type { ChatSession } from "../session/chat-session.ts";
import { PresenceWatch } from "../session/presence-watch.ts";
import { startClient } from "../session/start-client.ts";
import { unsentWords } from "../session/wait-for.ts";
import { LineChat } from "./line-chat.ts";
import { LinePrinter } from "./line-printer.ts";
import { readLines } from "./read-lines.ts";

export function runLines({ access, place, outbox, palette, departure }: ChatSession): void {
  const { stdin, stdout } = process;
  const interactive = stdin.isTTY === true;
  const printer = new LinePrinter(palette, (line) => void stdout.write(`${line}\n`));
  const fail = ({ message }: Error) => {
    printer.complain(message);
    departure.leave(1);
  };
  const client = startClient({
    access,
    storage: outbox?.storage,
    leaving: departure.signal,
    tell: (problem) => printer.note(problem),
    refused: fail,
  });
  const { user } = access;
  const nowMs = () => Date.now();
  const chat = new LineChat({ user, place, client, printer, palette, nowMs, interactive, lost: fail });
  // Nobody looks at a script's.
  if (interactive) new PresenceWatch(client);
  const finish = () => void chat.finished().then((exitCode) => departure.leave(exitCode));
  const stopReading = readLines(stdin, {
    typed: (line) => (parseInput(line).do === "quit" ? finish() : chat.typed(line)),
    ended: finish,
  });
  // Whoever read our lines has gone: `chat alice | head`.
  stdout.on("error", () => departure.leave(client.pending().length > 0 ? 1 : 0));
  client.on("state", (state) => {
    if (state === "ended") departure.leave(1);
  });
  departure.before(async () => {
    stopReading();
    const unsent = client.pending().length;
    client.close();
    if (unsent > 0) printer.note(unsentWords(unsent, outbox !== undefined));
    await outbox?.letGo;
  });
  client.connect();
}
