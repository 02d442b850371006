import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import type { Client } from "../../../client/src/index.ts";
import { App } from "../../../terminal/screen/app.ts";
import { openDisplay } from "../../../terminal/screen/display.ts";
import { openKeyboard } from "../../../terminal/screen/keyboard.ts";
import type { ChatTarget } from "../../../terminal/session/conversations.ts";
import { createPalette } from "../../../terminal/text/palette.ts";
import { eventually } from "../../support/eventually.ts";
import { VirtualScreen } from "./virtual-screen.ts";

export const KEYS = {
  enter: "\r",
  escape: "\u001b",
  up: "\u001b[A",
  down: "\u001b[B",
  left: "\u001b[D",
  home: "\u001b[H",
  end: "\u001b[F",
  pageUp: "\u001b[5~",
  pageDown: "\u001b[6~",
  tab: "\t",
  gainFocus: "\u001b[I",
  loseFocus: "\u001b[O",
  interrupt: "\u0003",
  endOfInput: "\u0004",
  redraw: "\u000c",
  clearLine: "\u0015",
} as const;

export interface ScreenChatOptions {
  readonly user: string;
  readonly client: Client;
  readonly columns?: number;
  readonly rows?: number;
  readonly place?: ChatTarget;
  readonly colours?: boolean;
  readonly nowMs?: () => number;
}

/** Runs the full-screen chat on a virtual screen and keyboard. */
export function screenChat(options: ScreenChatOptions) {
  const { user, client, columns = 60, rows = 12, place, colours = false, nowMs = Date.now } = options;
  const screen = new VirtualScreen(columns, rows);
  const keys = new PassThrough();
  const left: string[] = [];
  const app = new App({
    user,
    client,
    target: place,
    display: openDisplay(screen as unknown as NodeJS.WriteStream),
    keyboard: (listener) => openKeyboard(keys, listener),
    palette: createPalette(colours),
    nowMs,
    timeZone: "UTC",
    quit: () => left.push("quit"),
    interrupt: () => left.push("interrupt"),
  });
  screen.on("resize", () => app.redraw());
  onTestFinished(() => {
    app.close();
    client.close();
  });
  return {
    app,
    screen,
    /** Records each request to leave: `quit` or `interrupt`. */
    left,
    type: (text: string) => void keys.emit("data", Buffer.from(text)),
    enter: (text: string) => void keys.emit("data", Buffer.from(text + KEYS.enter)),
    shows: (pattern: RegExp | string) =>
      eventually(
        `the screen to show ${pattern}`,
        () => {
          const found =
            typeof pattern === "string" ? screen.text.includes(pattern) : pattern.test(screen.text);
          if (!found) throw new Error(`the screen shows:\n${screen.text}`);
          return true;
        },
        { timeoutMs: 15_000 },
      ),
    gone: (text: string) =>
      eventually(`${text} to be gone`, () => {
        if (screen.text.includes(text)) throw new Error(`the screen shows:\n${screen.text}`);
        return true;
      }),
  };
}
