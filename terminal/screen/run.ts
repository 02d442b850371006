import { setTimeout as pause } from "node:timers/promises";
import type { ChatSession } from "../session/chat-session.ts";
import { startClient } from "../session/start-client.ts";
import { unsentWords, untilSent } from "../session/wait-for.ts";
import { sanitize } from "../text/sanitize.ts";
import { App } from "./app.ts";
import { openDisplay } from "./display.ts";
import { openKeyboard } from "./keyboard.ts";

/** What was typed last is on its way; it is told from what waits for a network. */
const SENT_WITHIN_MS = 2_000;

export function runScreen({ access, place, outbox, palette, departure }: ChatSession): void {
  const { stdin, stdout, stderr } = process;
  const lastWords: string[] = [];
  const client = startClient({
    access,
    storage: outbox?.storage,
    leaving: departure.signal,
    tell: (problem) => app.noConnection(problem),
    refused: ({ message }) => {
      lastWords.push(sanitize(message));
      departure.leave(1);
    },
  });
  const display = openDisplay(stdout);
  // Before the error is printed, which would be lost with the alternate screen.
  process.on("uncaughtExceptionMonitor", () => {
    display.close();
    if (stdin.isTTY) stdin.setRawMode(false);
  });
  const leave = () => departure.leave(client.pending().length > 0 && outbox === undefined ? 1 : 0);
  const quit = async () => {
    if (client.state === "online") await Promise.race([untilSent(client), pause(SENT_WITHIN_MS)]);
    leave();
  };
  const app = new App({
    user: access.user,
    client,
    place,
    display,
    keyboard: (listener) => openKeyboard(stdin, listener),
    palette,
    nowMs: () => Date.now(),
    quit: () => void quit(),
    interrupt: leave,
  });
  stdout.on("resize", () => app.resized());
  stdout.on("error", leave);
  let lastError = "";
  client.on("error", ({ message }) => {
    lastError = message;
  });
  client.on("state", (state) => {
    if (state !== "ended" || departure.signal.aborted) return;
    lastWords.push(sanitize(lastError));
    departure.leave(1);
  });
  departure.before(async () => {
    const unsent = client.pending().length;
    app.close();
    client.close();
    if (unsent > 0) lastWords.push(unsentWords(unsent, outbox !== undefined));
    for (const words of lastWords) stderr.write(`${words}\n`);
    await outbox?.letGo;
  });
  client.connect();
}
