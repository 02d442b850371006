import { setTimeout as pause } from "node:timers/promises";
import type { ChatSession } from "../session/chat-session.ts";
import { startClient } from "../session/start-client.ts";
import { unsentNotice, untilSent } from "../session/wait-for.ts";
import { sanitize } from "../text/sanitize.ts";
import { App } from "./app.ts";
import { openDisplay } from "./display.ts";
import { openKeyboard } from "./keyboard.ts";

/** Time for the last messages to be acknowledged when the user leaves while online. */
const SEND_TIMEOUT_MS = 2_000;

/** Runs the full-screen chat until the user leaves. */
export function runScreen({ access, target, outbox, palette, shutdown }: ChatSession): void {
  const { stdin, stdout, stderr } = process;
  const finalMessages: string[] = [];
  const client = startClient({
    access,
    storage: outbox?.storage,
    signal: shutdown.signal,
    onProblem: (problem) => app.reportNoConnection(problem),
    onRefused: ({ message }) => {
      finalMessages.push(sanitize(message));
      shutdown.exit(1);
    },
  });
  const display = openDisplay(stdout);
  // Restores the screen before the error is printed, which would be lost with the alternate screen.
  process.on("uncaughtExceptionMonitor", () => {
    display.close();
    if (stdin.isTTY) stdin.setRawMode(false);
  });
  const leave = () => shutdown.exit(client.pending().length > 0 && outbox === undefined ? 1 : 0);
  const quit = async () => {
    if (client.state === "online") await Promise.race([untilSent(client), pause(SEND_TIMEOUT_MS)]);
    leave();
  };
  const app = new App({
    user: access.user,
    client,
    target,
    display,
    keyboard: (listener) => openKeyboard(stdin, listener),
    palette,
    nowMs: () => Date.now(),
    quit: () => void quit(),
    interrupt: leave,
  });
  stdout.on("resize", () => app.redraw());
  stdout.on("error", leave);
  let lastError = "";
  client.on("error", ({ message }) => {
    lastError = message;
  });
  client.on("state", (state) => {
    if (state !== "ended" || shutdown.signal.aborted) return;
    finalMessages.push(sanitize(lastError));
    shutdown.exit(1);
  });
  shutdown.beforeExit(async () => {
    const unsent = client.pending().length;
    app.close();
    client.close();
    if (unsent > 0) finalMessages.push(unsentNotice(unsent, outbox !== undefined));
    for (const message of finalMessages) stderr.write(`${message}\n`);
    await outbox?.released;
  });
  client.connect();
}
