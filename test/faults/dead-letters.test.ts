import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import type { Wire } from "../support/wire.ts";

const RECEIVES = 2;
const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    // Only a record of the queue becomes a dead letter.
    ingest: "queued",
    interpose: tap.interpose,
    errorRetryDelayMs: 50,
    maxReceiveCount: { entries: RECEIVES, entriesDeadLetters: RECEIVES + 2 },
    lanes: 4,
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

const is = (operation: string, subject: string) => (call: AwsCall) =>
  call.operation === operation && call.subject === subject;

const parked = () => embedded.cloud.queues.depth("entries").parked;

/** Kills the commit worker at every such call, `after` or `before` it has happened. */
function killCommit(moment: "before" | "after", matches: (call: AwsCall) => boolean): void {
  tap.on(
    matches,
    async (_, forward) => {
      if (moment === "after") await forward();
      embedded.cloud.functions.crash("commit");
      return undefined;
    },
    RECEIVES,
  );
}

async function talking(): Promise<{ bob: string; atAlice: Wire; atBob: Wire; conversation: string }> {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  const { conversation } = await say(atAlice, bob, "first", 0);
  await atBob.next("entries");
  return { bob, atAlice, atBob, conversation };
}

test("a message that crashes commit every time gets a temporary error and is parked; sent again it arrives once", async () => {
  const { atAlice, atBob, conversation } = await talking();
  const before = parked();
  killCommit("before", is("UpdateItem", "HEAD"));
  const frame = {
    type: "send" as const,
    conversation,
    seen: [1, 1] as [number, number],
    entries: [text("stubborn")],
  };
  atAlice.send(frame);
  const reject = await atAlice.next("reject");
  expect(reject).toMatchObject({
    conversation,
    ids: [frame.entries[0]?.id],
    error: { code: "unavailable", temporary: true, retryAfterMs: expect.any(Number) },
  });
  expect(parked()).toBe(before + 1);
  expect(atAlice.all("ack")).toHaveLength(1);
  expect(await atBob.log(conversation)).toHaveLength(1);

  atAlice.send(frame);
  const ack = await atAlice.next("ack", ({ entries }) => entries[0]?.id === frame.entries[0]?.id);
  expect(ack.entries[0]?.seq).toBe(2);
  await eventually("it at Bob's", () => atBob.pushed(conversation).length === 2);
  expect(await atBob.log(conversation)).toHaveLength(2);
});

test.each<[string, "before" | "after", (call: AwsCall) => boolean]>([
  ["after its append", "after", is("UpdateItem", "HEAD")],
  ["before its ack", "before", is("POST", "ack")],
  ["before it is pushed", "before", is("POST", "entries")],
])(
  "a message whose commit crashes every time %s is completed by the dead-letter function",
  async (_, moment, matches) => {
    const { bob, atAlice, atBob, conversation } = await talking();
    const before = parked();
    killCommit(moment, matches);
    const entry = text("half done");
    atAlice.send({ type: "send", conversation, seen: [1, 1], entries: [entry] });
    const ack = await atAlice.next("ack", ({ entries }) => entries[0]?.id === entry.id);
    expect(ack.entries[0]?.seq).toBe(2);
    await eventually("it at Bob's", () => atBob.pushed(conversation).some(({ id }) => id === entry.id), {
      timeoutMs: 15_000,
    });
    await eventually(
      "no dead letter to be left",
      () => embedded.cloud.queues.depth("entries").deadLetters === 0,
    );
    expect([parked(), atAlice.all("reject")]).toEqual([before, []]);
    expect((await say(atAlice, bob, "next", [1, 2])).seq).toBe(3);
    expect(await atBob.log(conversation)).toHaveLength(3);
  },
);

test("a message that the dead-letter function cannot complete either is parked unchanged", async () => {
  const { atAlice, conversation } = await talking();
  const before = parked();
  tap.on(is("Query", "HEAD"), async () => awsError(500, "InternalServerError"));
  atAlice.send({ type: "send", conversation, seen: [1, 1], entries: [text("not to be logged")] });
  await eventually("it to be parked", () => parked() === before + 1, { timeoutMs: 30_000 });
  expect(atAlice.all("reject")).toEqual([]);
  expect(embedded.logs.join("\n")).toContain("a dead letter was not resolved");
  expect(embedded.logs.join("\n")).not.toContain("not to be logged");
});

test("no function logged the text of a message", () => {
  for (const secret of ["stubborn", "half done", "first"]) {
    expect(embedded.logs.filter((line) => line.includes(secret))).toEqual([]);
  }
});
