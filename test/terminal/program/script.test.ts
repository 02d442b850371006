import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ScriptedServer } from "../../client/support/scripted-server.ts";
import { conversationId } from "../../client/support/server-log.ts";
import { eventually } from "../../support/eventually.ts";
import { type ChatProgram, chat } from "../support/chat-program.ts";

const WITH_BOB = conversationId("alice", "bob");

let server: ScriptedServer;

beforeEach(async () => {
  server = await new ScriptedServer().start();
  onTestFinished(() => server.stop());
});

const bodies = () => server.logs.get(WITH_BOB)?.entries.map(({ body }) => body);
const alice = (...options: string[]) => chat("alice", "--server", server.httpUrl, ...options);
const result = async (program: ChatProgram) => [await program.exited, program.output(), program.errors()];

describe("--send", () => {
  test("sends one message and exits when it is in the log", async () => {
    expect(await result(alice("--to", "bob", "--send", "/not a command"))).toEqual([0, "", ""]);
    expect(bodies()).toEqual([{ text: "/not a command" }]);
  });

  test("sends the whole standard input as one message", async () => {
    const program = alice("--to", "bob", "--send", "-");
    program.type("two", "lines");
    program.end();
    expect(await result(program)).toEqual([0, "", ""]);
    expect(bodies()).toEqual([{ text: "two\nlines" }]);
  });

  test("prints the message's position in the log with --json", async () => {
    const program = alice("--to", "bob", "--send", "hi", "--json");
    expect(await program.exited).toBe(0);
    const id = server.logs.get(WITH_BOB)?.entries[0]?.id;
    const sentAtMs = 1_700_000_000_001;
    expect(JSON.parse(program.output())).toEqual({
      conversation: WITH_BOB,
      peer: "bob",
      seq: 1,
      id,
      sentAtMs,
    });
  });

  test("exits with 1 and the reason if the message is refused", async () => {
    const error = { code: "blocked", message: "bob has blocked you", temporary: false };
    server.intercept = (frame, connection) => {
      if (frame.type !== "send") return false;
      connection.push({
        type: "reject",
        conversation: WITH_BOB,
        ids: frame.entries.map(({ id }) => id),
        error,
      });
      return true;
    };
    expect(await result(alice("--to", "bob", "--send", "hi"))).toEqual([
      1,
      "",
      "not sent: bob has blocked you\n",
    ]);
    const json = alice("--to", "bob", "--send", "hi", "--json");
    expect(await json.exited).toBe(1);
    expect(JSON.parse(json.output())).toEqual({ error });
  });

  test("exits with 1 without such a group, a text, an answer or a connection", async () => {
    expect(await result(alice("--in", "Lunch", "--send", "hi"))).toEqual([
      1,
      "",
      'not sent: you are in no group called "Lunch"\n',
    ]);
    expect(await result(alice("--to", "bob", "--send", ""))).toEqual([
      1,
      "",
      "not sent: A text is not empty.\n",
    ]);
    server.intercept = ({ type }) => type === "send";
    const unanswered = alice("--to", "bob", "--send", "hi", "--timeout", "1", "--json");
    expect(await unanswered.exited).toBe(1);
    const message = "no answer within 1 s; the message may still have arrived";
    expect(JSON.parse(unanswered.output())).toEqual({ error: { code: "late", message, temporary: true } });
    await server.stop();
    const alone = chat("alice", "--port", "1", "--to", "bob", "--send", "hi", "--timeout", "1");
    expect(await alone.exited).toBe(1);
    expect(alone.errors()).toMatch(/^no Parley at .*\nnot sent: no connection within 1 s\n$/);
  });
});

describe("--tail", () => {
  const inSync = (program: ChatProgram) =>
    eventually("the tail to be in sync", () => program.errors().includes("in sync"), { timeoutMs: 15_000 });
  const prints = (program: ChatProgram, count: number) =>
    eventually(`${count} lines`, () => {
      const lines = program.lines().slice(0, -1);
      if (lines.length < count) throw new Error(`it says ${program.output()}`);
      return lines;
    });

  test("prints new messages but none from before", async () => {
    server.logs.say(server.logs.between("alice", "bob"), "bob", "earlier");
    const tail = alice("--tail");
    await inSync(tail);
    server.say("alice", "bob", "now\nor never");
    server.say("alice", "carol", "\u001b[31mhi");
    expect(await prints(tail, 2)).toEqual(["[bob] now ↵ or never", "[carol] hi"]);
    tail.kill("SIGINT");
    expect(await tail.exited).toBe(130);
  });

  test("prints one object a line with --json, only from the conversation given", async () => {
    server.logs.say(server.logs.between("alice", "bob"), "bob", "earlier");
    const tail = alice("--tail", "--to", "bob", "--json");
    await inSync(tail);
    server.say("alice", "carol", "psst");
    server.say("alice", "bob", "now\nor \u009b2Jnever");
    const [line = ""] = await prints(tail, 1);
    expect(line).not.toContain("\u009b");
    expect(JSON.parse(line)).toEqual({
      conversation: WITH_BOB,
      peer: "bob",
      seq: 2,
      id: "bob-2",
      sender: "bob",
      own: false,
      kind: "text",
      body: { text: "now\nor \u009b2Jnever" },
      sentAtMs: 1_700_000_000_002,
    });
  });

  test("starts after --since and leaves nothing out", async () => {
    const log = server.logs.between("alice", "bob");
    server.logs.say(log, "bob", ...Array.from({ length: 250 }, (_, index) => `text ${index + 1}`));
    let answer: (() => void) | undefined;
    server.intercept = (frame, connection) => {
      if (frame.type !== "history" || answer !== undefined) return false;
      answer = () => server.answer(frame, connection);
      return true;
    };
    const tail = alice("--tail", "--to", "bob", "--since", "20", "--json");
    const go = await eventually("the question for history", () => answer, { timeoutMs: 15_000 });
    server.say("alice", "bob", "meanwhile");
    go();
    await inSync(tail);
    server.say("alice", "bob", "afterwards");
    const seqs = (await prints(tail, 232)).map((line) => JSON.parse(line).seq);
    expect(seqs).toEqual(Array.from({ length: 232 }, (_, index) => index + 21));
  });

  test("continues after a dropped connection", async () => {
    server.logs.say(server.logs.between("alice", "bob"), "bob", "earlier");
    const tail = alice("--tail", "--to", "bob");
    await inSync(tail);
    server.refuseHandshakes = true;
    server.cutAll();
    await eventually("the drop", () => tail.errors().includes("offline – reconnecting"));
    server.say("alice", "bob", "meanwhile");
    server.refuseHandshakes = false;
    await eventually("the return", () => tail.errors().includes("back in sync"));
    expect(await prints(tail, 1)).toEqual(["bob  meanwhile"]);
  });

  test("exits with 0 if its output is closed", async () => {
    server.logs.say(server.logs.between("alice", "bob"), "bob", "earlier");
    const tail = alice("--tail");
    await inSync(tail);
    tail.stopReading();
    server.say("alice", "bob", "one");
    expect(await tail.exited).toBe(0);
  });

  test("exits with 1 for a group that does not exist", async () => {
    const tail = alice("--tail", "--in", "Lunch");
    expect(await tail.exited).toBe(1);
    expect(tail.errors()).toBe('you are in no group called "Lunch"\n');
  });
});
