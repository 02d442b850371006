import { createClient } from "../client/src/index.ts";
import { DeploymentError } from "../ops/deployment/deployment-error.ts";
import { askAtTerminal, NotAnsweredError } from "../ops/user-pool/ask.ts";
import { SignInError } from "../ops/user-pool/sign-in-error.ts";
import { type Access, type Grant, GrantRefusedError, NoServerError } from "./access.ts";
import { parseArguments, USAGE } from "./arguments.ts";
import { Chat } from "./chat.ts";
import { readInput } from "./input.ts";
import { openAccess } from "./open-access.ts";
import { createPalette } from "./palette.ts";
import { openPipe } from "./pipe-screen.ts";
import { printable } from "./printable.ts";
import type { ScreenListener } from "./screen.ts";
import { openTerminal } from "./terminal-screen.ts";

const { stdin, stdout } = process;
const isTerminal = stdin.isTTY && stdout.isTTY && process.env.TERM !== "dumb";

const parsed = parseArguments(process.argv.slice(2));
if ("help" in parsed) console.log(USAGE);
else if ("wrong" in parsed) {
  console.error(`${parsed.wrong}.\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  const { to } = parsed.run;
  try {
    const access = await openAccess(parsed.run, process.env.PARLEY_PASSWORD, askAtTerminal(stdin, stdout));
    run(access, to);
  } catch (error) {
    const expected =
      error instanceof DeploymentError || error instanceof SignInError || error instanceof GrantRefusedError;
    if (!expected && !(error instanceof NotAnsweredError)) throw error;
    if (expected) console.error(printable(error.message));
    process.exitCode = 1;
  }
}

function run(access: Access, to: string | undefined): void {
  const { user } = access;
  const palette = createPalette(stdout.isTTY && !process.env.NO_COLOR);
  const leaving = new AbortController();
  let grant: Grant | undefined;
  let told: string | undefined;

  const leave = (exitCode: number) => {
    if (leaving.signal.aborted) return;
    process.exitCode = exitCode;
    leaving.abort();
    client.close();
    screen.close();
    // Not by itself: a closing WebSocket waits for a peer that a dead network keeps from answering.
    stdout.write("", () => process.exit(exitCode));
  };

  /** Said once for every outage, not for every attempt. */
  const tell = (problem: string) => {
    if (problem !== told) screen.print(palette.dim(printable(problem)));
    told = problem;
  };

  const client = createClient({
    user,
    token: async () => {
      try {
        grant = await access.grant(leaving.signal);
        return grant;
      } catch (error) {
        grant = undefined;
        if (leaving.signal.aborted) throw error;
        if (error instanceof NoServerError) tell(error.message);
        if (error instanceof GrantRefusedError) {
          screen.print(palette.red(printable(error.message)));
          leave(1);
        }
        throw error;
      }
    },
    url: async () => grant?.url ?? "",
    // Somebody sits in front of it: back soon after the server is.
    timings: { reconnect: { baseMs: 250, capMs: 2_000 } },
  });

  const finish = () => void chat.finished().then(leave);
  const listener: ScreenListener = {
    typed: (line) => {
      const input = readInput(line);
      if ("do" in input && input.do === "quit") finish();
      else chat.typed(line);
    },
    ended: finish,
    interrupted: () => {
      if (chat.unsent > 0) screen.print(palette.dim(`left with ${chat.unsent} unsent`));
      leave(chat.unsent > 0 ? 1 : 0);
    },
  };
  const screen = isTerminal ? openTerminal(stdin, stdout, listener) : openPipe(stdin, stdout, listener);
  const nowMs = () => Date.now();
  const chat = new Chat({ user, to, client, screen, palette, nowMs, waitForSync: !isTerminal });
  client.on("state", (state) => {
    if (state === "ended") leave(1);
    if (state !== "online") return;
    access.accepted();
    told = undefined;
  });
  client.on("error", ({ code }) => {
    // With a token in hand: not the issuer, but the endpoint.
    if (code === "unreachable" && grant !== undefined) {
      tell(`no connection to ${new URL(grant.url).host}: refused, or nobody there; waiting…`);
    }
  });
  client.connect();
}
