import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openDevice } from "../../client/support/device.ts";
import { ScriptedServer } from "../../client/support/scripted-server.ts";
import { conversationId } from "../../client/support/server-log.ts";
import { eventually } from "../../support/eventually.ts";
import { temporaryFolder } from "../../support/process.ts";
import { chat, chatIn, shows } from "../support/chat-program.ts";

const WITH_BOB = conversationId("alice", "bob");

let server: ScriptedServer;

beforeEach(async () => {
  server = await new ScriptedServer().start();
  onTestFinished(() => server.stop());
});

describe("npm run chat", () => {
  test("sends every line of its input, waits for the acks and exits", async () => {
    const alice = chat("alice", "--to", "bob", "--server", server.httpUrl);
    alice.type("hello", "world");
    alice.end();
    expect(await alice.exited).toBe(0);
    expect(alice.lines()).toEqual([
      "signed in as alice",
      "no conversations yet; /to <user> starts one",
      "no messages with bob yet",
      "you  hello  ✓",
      "you  world  ✓",
      "",
    ]);
    expect(alice.errors()).toBe("");
    const texts = server.logs.get(WITH_BOB)?.entries.map(({ body }) => body);
    expect(texts).toEqual([{ text: "hello" }, { text: "world" }]);
  });

  test("exits at once even if the network is dead", async () => {
    const alice = chat("alice", "--server", server.httpUrl);
    await shows(alice, "signed in as alice");
    for (const connection of server.connections) connection.freeze();
    alice.type("/quit");
    const left = await Promise.race([alice.exited, delay(2_000, "still there", { ref: false })]);
    expect(left).toBe(0);
  });

  test("waits for late acks", async () => {
    let withheld: (() => void) | undefined;
    server.intercept = (frame, connection) => {
      if (frame.type !== "send") return false;
      withheld = () => server.answer(frame, connection);
      return true;
    };
    const alice = chat("alice", "--to", "bob", "--port", String(server.port));
    alice.type("slowly");
    alice.end();
    const answer = await eventually("the frame", () => withheld ?? false, { timeoutMs: 10_000 });
    expect(alice.output()).not.toContain("slowly");
    answer();
    expect(await alice.exited).toBe(0);
    expect(alice.lines()).toContain("you  slowly  ✓");
  });

  test("shows conversations, history and new messages, here and elsewhere", async () => {
    server.logs.say(
      server.logs.between("alice", "bob"),
      "bob",
      ...Array.from({ length: 40 }, (_, i) => `old ${i + 1}`),
    );
    const alice = chat("alice", "--server", server.httpUrl);
    await eventually("the list", () => alice.output().includes("old 40"), { timeoutMs: 10_000 });
    alice.type("to nobody", "/to bob");
    await shows(alice, "bob  old 40");
    expect(alice.lines()).toContain("not sent: open a conversation first: /to <user>");
    expect(alice.lines()).not.toContain("bob  old 30");

    alice.type("/history");
    await shows(alice, "bob  old 11");
    expect(alice.lines()).not.toContain("bob  old 10");

    server.say("alice", "bob", "\u001b[31mnews");
    server.say("alice", "carol", "psst");
    await shows(alice, "bob  news");
    await shows(alice, "[carol] psst");
    expect(alice.output()).not.toContain("\u001b");
    alice.type("/quit");
    // One line had no recipient.
    expect(await alice.exited).toBe(1);
  });

  test("two programs and a phone chat with each other", async () => {
    const alice = chat("alice", "--to", "bob", "--server", server.httpUrl);
    const bob = chat("bob", "--to", "alice", "--server", server.httpUrl);
    const phone = openDevice(server, "bob");
    await shows(alice, "signed in as alice");
    await shows(bob, "signed in as bob");
    alice.type("hi");
    await shows(bob, "alice  hi");
    phone.client.send({ user: "alice" }, "from my phone");
    await shows(alice, "bob  from my phone");
    await shows(bob, "you    from my phone  ✓");
    phone.client.close();
  });

  test("reports a lost connection and its return", async () => {
    const alice = chat("alice", "--to", "bob", "--server", server.httpUrl);
    await shows(alice, "signed in as alice");
    server.cutAll();
    await shows(alice, "offline – reconnecting");
    await shows(alice, "back in sync");
  });

  test("waits for a server that is not up yet, and says so once", async () => {
    const { port } = server;
    await server.stop();
    const alice = chat("alice", "--to", "bob", "--port", String(port));
    alice.type("patience");
    alice.end();
    const complaint = `no Parley at http://127.0.0.1:${port} – start it with npm start; waiting…`;
    await shows(alice, complaint);
    server = await new ScriptedServer().start(port);
    expect(await alice.exited).toBe(0);
    expect(alice.lines().filter((line) => line === complaint)).toHaveLength(1);
    expect(alice.lines()).toContain("you  patience  ✓");
  });

  test("messages that wait at exit are sent once by the next chat", async () => {
    const home = temporaryFolder();
    server.intercept = ({ type }) => type === "send";
    const first = chatIn(home, "alice", "--to", "bob", "--server", server.httpUrl);
    await shows(first, "no messages with bob yet");
    first.type("for later");
    await eventually("the frame", () => server.sends().length > 0);
    first.kill("SIGTERM");
    expect(await first.exited).toBe(143);
    expect(first.lines()).toContain("1 message is not sent yet; the next chat sends it");
    server.intercept = () => false;
    const second = chatIn(home, "alice", "--to", "bob", "--server", server.httpUrl);
    await eventually("the message", () => server.logs.get(WITH_BOB)?.entries.length === 1);
    second.end();
    expect(await second.exited).toBe(0);
    const elsewhere = chatIn(home, "alice", "--server", server.httpUrl);
    await shows(elsewhere, "signed in as alice");
    expect(server.logs.get(WITH_BOB)?.entries).toHaveLength(1);
  });

  test("two chats of one user run side by side, and one sends what the other leaves when it is killed", async () => {
    const home = temporaryFolder();
    const start = () => chatIn(home, "alice", "--to", "bob", "--server", server.httpUrl);
    server.intercept = ({ type }, connection) => type === "send" && connection === server.connections[0];
    const [first, texts] = [start(), () => server.logs.get(WITH_BOB)?.entries.map(({ body }) => body)];
    await shows(first, "no messages with bob yet");
    first.type("one");
    await eventually("the frame", () => server.sends().length > 0);
    const second = start();
    await shows(second, "no messages with bob yet");
    second.type("two");
    await shows(second, "you  two  ✓");
    expect(texts()).toEqual([{ text: "two" }]);
    first.kill("SIGKILL");
    await shows(second, "you  one  ✓");
    expect(texts()).toEqual([{ text: "two" }, { text: "one" }]);
  });

  test("--ephemeral loses waiting messages, and says so", async () => {
    const home = temporaryFolder();
    server.intercept = ({ type }) => type === "send";
    const alice = chatIn(home, "alice", "--to", "bob", "--server", server.httpUrl, "--ephemeral");
    await shows(alice, "no messages with bob yet");
    alice.type("now or never");
    await eventually("the frame", () => server.sends().length > 0);
    alice.kill("SIGINT");
    expect(await alice.exited).toBe(130);
    expect(alice.lines()).toContain("1 message was not sent and is lost");
    expect(readdirSync(home)).toEqual([]);
  });

  test("says what to do if the outbox folder cannot be made", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const alice = chatIn(file, "alice", "--server", server.httpUrl);
    expect(await alice.exited).toBe(1);
    expect(alice.errors()).toMatch(/^Unsent messages .* \(ENOTDIR\)\. .* or use --ephemeral\.\n$/);
  });

  test("exits if its output is closed", async () => {
    const alice = chat("alice", "--to", "bob", "--server", server.httpUrl);
    await shows(alice, "no messages with bob yet");
    alice.stopReading();
    server.say("alice", "bob", "one", "two");
    expect(await alice.exited).toBe(0);
  });

  test("--in reports a group that does not exist", async () => {
    const alice = chat("alice", "--in", "Lunch club", "--server", server.httpUrl);
    expect(await alice.exited).toBe(1);
    expect(alice.lines()).toContain('you are in no group called "Lunch club"');
  });

  test("reports commands that fail, and exits with 1 for a script", async () => {
    const alice = chat("alice", "--server", server.httpUrl);
    alice.type("/shrug", "/rename Lunch", "/members", "/edit x");
    alice.end();
    expect(await alice.exited).toBe(1);
    expect(alice.lines().slice(2)).toEqual([
      "unknown command /shrug; /help lists commands, //shrug sends it as text",
      "not done: open a conversation first: /open <user, title or number>",
      "open a conversation first: /open <user, title or number>",
      "not done: open a conversation first: /open <user, title or number>",
      "",
    ]);
  });

  test("shows edits as events of their own, with numbers if they are on", async () => {
    const alice = chat("alice", "--to", "bob", "--server", server.httpUrl);
    alice.type("hi");
    await shows(alice, "you  hi  ✓");
    alice.type("/numbers", "/edit hello");
    await shows(alice, "#2 * you changed #1: hello");
    alice.type("/react 👍");
    await shows(alice, "not done: there is no message of others here");
  });

  test("reports wrong arguments and where to find the usage", async () => {
    const nobody = chat();
    expect(await nobody.exited).toBe(2);
    expect(nobody.errors()).toBe("Name the user to chat as.\nSee npm run chat -- --help\n");
    const odd = chat("alice", "--loud");
    expect(await odd.exited).toBe(2);
    expect(odd.errors()).toBe("Unknown option '--loud'.\nSee npm run chat -- --help\n");
    const help = chat("--help");
    expect(await help.exited).toBe(0);
    expect(help.output()).toMatch(/^Usage/);
  });
});
