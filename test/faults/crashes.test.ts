import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClientFrame } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import { killWriters, resendAfterKill } from "./support/writers.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    interpose: tap.interpose,
    errorRetryDelayMs: 100,
    workers: { commit: 2 },
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

const is = (operation: string, subject: string) => (call: AwsCall) =>
  call.operation === operation && call.subject === subject;

/** Kills the writer in its next such call, `after` or `before` it has happened. */
function killWriter(
  moment: "before" | "after",
  matches: (call: AwsCall) => boolean,
): { killed: () => boolean } {
  let killed = false;
  tap.on(
    matches,
    async (_, forward) => {
      if (moment === "after") await forward();
      killWriters(embedded.cloud);
      killed = true;
      return undefined;
    },
    1,
  );
  return { killed: () => killed };
}

/** Longer than the queue has a conversation to itself after a write. */
const QUEUE_BUSY_MS = 3_000;
/** So long that the next message flushes it. */
const LONG = "long ".repeat(180);

type KillPoint = [string, "before" | "after", (call: AwsCall) => boolean];

const KILL_POINTS: readonly KillPoint[] = [
  ["before the segment put", "before", is("PutItem", "SEG")],
  ["between the segment put and the head update", "after", is("PutItem", "SEG")],
  ["before the head update", "before", is("UpdateItem", "HEAD")],
  ["between the head update and reading the leases", "after", is("UpdateItem", "HEAD")],
  ["before the push", "before", is("POST", "entries")],
  ["after the push, before all else is done", "after", is("POST", "entries")],
];

/** Only `commit` posts its ack. */
const KILL_POINTS_QUEUED: readonly KillPoint[] = [
  ["before the ack, all else being done", "before", is("POST", "ack")],
];

describe("a writer that is killed", () => {
  test.each([...KILL_POINTS, ...(INGEST === "queued" ? KILL_POINTS_QUEUED : [])])(
    "%s: one entry, one seq, the sender gets an ack, the recipient has it once, and the next message goes through",
    async (_, moment, matches) => {
      const [alice, bob] = [newUser("alice"), newUser("bob")];
      const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
      const { conversation } = await say(atAlice, bob, "first");
      // The queue wrote the first message, and has the conversation to itself for a moment.
      embedded.cloud.clock.advance(QUEUE_BUSY_MS);
      await say(atAlice, bob, LONG, [1, 1]);
      await eventually("both at Bob's", () => atBob.pushed(conversation).length === 2);

      const { killed } = killWriter(moment, matches);
      const entry = text("survives");
      const frame: ClientFrame = { type: "send", conversation, seen: [1, 2], entries: [entry] };
      atAlice.send(frame);
      await eventually("the kill", killed);
      resendAfterKill(atAlice, frame);
      const ack = await atAlice.next("ack", ({ entries }) => entries[0]?.id === entry.id);
      expect(ack.entries[0]?.seq).toBe(3);
      await eventually("the entry at Bob's", () =>
        atBob.pushed(conversation).some(({ id }) => id === entry.id),
      );

      expect((await say(atAlice, bob, "next", [1, 3])).seq).toBe(4);
      await eventually("the next one at Bob's", () => atBob.pushed(conversation).length === 4);
      const log = await atBob.log(conversation);
      expect(log.map(({ seq, body }) => [seq, body])).toEqual([
        [1, { text: "first" }],
        [2, { text: LONG }],
        [3, { text: "survives" }],
        [4, { text: "next" }],
      ]);
      expect(
        new Set(atBob.all("entries").flatMap(({ entries }) => entries.map(({ seq, id }) => `${seq} ${id}`)))
          .size,
      ).toBe(4);
      // Nothing but the first message went through the queue.
      if (INGEST === "direct") expect(atAlice.all("accepted")).toHaveLength(1);
    },
  );

  test("while it creates the conversation leaves one conversation with one entry", async () => {
    for (const moment of ["before", "after"] as const) {
      const [alice, bob] = [newUser("alice"), newUser("bob")];
      const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
      const { killed } = killWriter(moment, ({ operation }) => operation === "TransactWriteItems");
      const { conversation, seq } = await say(atAlice, bob, "hello", 0);
      expect([killed(), seq]).toEqual([true, 1]);
      expect(await atBob.next("joined")).toMatchObject({ conversation, peer: alice });
      expect(await atBob.log(conversation)).toHaveLength(1);
    }
  });
});

test("messages sent while commit is down are delivered when it comes back, in order", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  embedded.cloud.functions.pause("commit");
  const entries = [text("one"), text("two"), text("three")];
  for (const entry of entries) {
    atAlice.send({ type: "send", to: { user: bob }, entries: [entry] });
    await eventually("it to be accepted", () => {
      return pendingIn(embedded.cloud, ["entries"]) === entries.indexOf(entry) + 1;
    });
  }
  expect(atAlice.all("ack")).toEqual([]);
  embedded.cloud.functions.resume("commit");
  await eventually("three acks", () => atAlice.all("ack").length === 3);
  const conversation = atAlice.all("ack")[0]?.conversation ?? "";
  await eventually("all at Bob's", () => atBob.pushed(conversation).length === 3);
  expect(atBob.pushed(conversation).map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
});

test.runIf(INGEST === "queued")(
  "two overlapping commit invocations of one conversation cause no fork, no gap and no duplicate",
  async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
    const { conversation } = await say(atAlice, bob, "first");

    // The first invocation is held at its update until the second one, after the visibility timeout, is done.
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let waiting = false;
    tap.on(
      is("UpdateItem", "HEAD"),
      async (_, forward) => {
        waiting = true;
        await held;
        return forward();
      },
      1,
    );
    const entry = text("contested");
    atAlice.send({ type: "send", conversation, seen: [1, 1], entries: [entry] });
    await eventually("the first invocation at its update", () => waiting);
    embedded.cloud.queues.expireVisibility("entries");
    const ack = await atAlice.next("ack", ({ entries }) => entries[0]?.id === entry.id);
    atAlice.send({ type: "send", conversation, seen: [1, 2], entries: [text("after")] });
    await eventually("the frame after it", () => atAlice.all("ack").length === 3);
    release();
    await eventually(
      "the zombie's answer",
      () => atAlice.all("ack").filter(({ entries }) => entries[0]?.id === entry.id).length === 2,
    );

    for (const repeated of atAlice.all("ack").filter(({ entries }) => entries[0]?.id === entry.id)) {
      expect(repeated.entries).toEqual(ack.entries);
    }
    const log = await atBob.log(conversation);
    expect(log.map(({ seq, body }) => [seq, (body as { text: string }).text])).toEqual([
      [1, "first"],
      [2, "contested"],
      [3, "after"],
    ]);
  },
);

test("a table that fails for a while delays a message by seconds, and nothing is lost", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  let failures = 0;
  tap.on(
    ({ service }) => service === "dynamodb",
    async () => {
      failures += 1;
      return awsError(500, "InternalServerError");
    },
    // Two invocations, each with the SDK's three attempts.
    6,
  );
  const { conversation, seq } = await say(atAlice, bob, "late but safe");
  expect([failures, seq]).toEqual([6, 1]);
  await eventually("it at Bob's", () => atBob.pushed(conversation).length === 1);
});
