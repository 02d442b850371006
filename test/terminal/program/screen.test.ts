import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ScriptedServer } from "../../client/support/scripted-server.ts";
import { eventually } from "../../support/eventually.ts";
import { temporaryFolder } from "../../support/process.ts";
import { chatAtTerminal, hasPseudoTerminals } from "../support/at-terminal.ts";
import { chatIn, shows } from "../support/chat-program.ts";

let server: ScriptedServer;

beforeEach(async () => {
  server = await new ScriptedServer().start();
  onTestFinished(() => server.stop());
});

const alice = (environment?: NodeJS.ProcessEnv, ...options: string[]) =>
  chatAtTerminal(["alice", "--to", "bob", "--server", server.httpUrl, ...options], environment);

describe.skipIf(!hasPseudoTerminals)("at a terminal, the chat", () => {
  test("takes the whole screen and gives it back", async () => {
    const chat = alice();
    await chat.shows("no messages yet");
    chat.type("hello\r");
    await chat.shows("you  hello  ✓");
    expect(chat.screen().lines[0]).toMatch(/^ bob/);
    chat.type("/quit\r");
    expect(await chat.end()).toEqual({ exitCode: 0, isCooked: true });
    expect(chat.afterwards()).toBe("");
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const)("gives the screen back after %s", async (signal, code) => {
    const chat = alice();
    await chat.shows("no messages yet");
    chat.kill(signal);
    expect(await chat.end()).toEqual({ exitCode: code, isCooked: true });
    expect(chat.output()).toContain("\u001b[?1049l");
  });

  test("gives the screen back when it crashes, and leaves the error readable", async () => {
    const crash = 'process.on("SIGUSR2", () => { throw new Error("a crash"); })';
    const chat = alice({ NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}` });
    await chat.shows("no messages yet");
    chat.kill("SIGUSR2");
    expect(await chat.end()).toEqual({ exitCode: 1, isCooked: true });
    expect(chat.afterwards()).toContain("Error: a crash");
  });

  test("prints last why the server ended the chat", async () => {
    const chat = alice();
    await chat.shows("no messages yet");
    const connection = await eventually("the connection", () => server.connections[0]);
    const error = { code: "unauthenticated", message: "you are signed out", temporary: false };
    connection.push({ type: "error", error, final: true });
    expect(await chat.end()).toEqual({ exitCode: 1, isCooked: true });
    expect(chat.afterwards()).toBe("you are signed out\r\n");
  });

  test.each([
    ["keeps it", [], 0, "1 message is not sent yet; the next chat sends it"],
    ["loses it, with 1", ["--ephemeral"], 1, "1 message was not sent and is lost"],
  ])("prints last what it could not send and that it %s", async (_, options, exitCode, words) => {
    server.intercept = ({ type }) => type === "send";
    const chat = alice({}, ...options);
    await chat.shows("no messages yet");
    chat.type("hello\r");
    await eventually("the frame", () => server.sends().length > 0);
    chat.type("\u0003");
    expect(await chat.end()).toEqual({ exitCode, isCooked: true });
    expect(chat.afterwards()).toBe(`${words}\r\n`);
  });

  test("keeps a message that is typed offline right before Ctrl+C", async () => {
    const home = temporaryFolder();
    server.refuseHandshakes = true;
    const chat = alice({ XDG_STATE_HOME: home });
    await chat.shows("no messages yet");
    chat.type("for later\r\u0003");
    expect(await chat.end()).toMatchObject({ exitCode: 0 });
    server.refuseHandshakes = false;
    await shows(chatIn(home, "alice", "--to", "bob", "--server", server.httpUrl), "you  for later  ✓");
  });

  test.each([
    ["TERM=dumb", { TERM: "dumb" }, []],
    ["--plain", {}, ["--plain"]],
  ])("prints plain lines without control sequences with %s", async (_, environment, options) => {
    const chat = alice(environment, ...options);
    await chat.shows("no messages with bob yet");
    chat.type("hello\r");
    await chat.shows("you  hello  ✓");
    chat.type("\u0003");
    expect(await chat.end()).toEqual({ exitCode: 130, isCooked: true });
    expect(chat.output()).not.toContain("\u001b");
  });
});
