import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { laneOf } from "../../functions/core/shared/partition.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { LIMITS } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { eventually } from "../support/eventually.ts";
import type { Wire } from "../support/wire.ts";

const LANES = 4;
const DEPTH = 50;
/** Validity of a reading of the queue depth. */
const READING_MS = 5_000;
let embedded: Embedded;

beforeAll(async () => {
  // One environment of each function, so that there is one budget for each connection and one reading for each lane.
  embedded = await startEmbedded({ lanes: LANES, admissionDepth: DEPTH, workers: { send: 1, command: 1 } });
});
afterAll(() => embedded.cloud.stop());

const laneOfPair = (one: string, other: string) => laneOf(directConversationId(one, other), LANES);

/** Returns two users whose conversation is in a lane that fits. */
function newPair(isWanted: (lane: number) => boolean): [string, string] {
  for (;;) {
    const pair: [string, string] = [newUser("one"), newUser("two")];
    if (isWanted(laneOfPair(...pair))) return pair;
  }
}

/** Entry ids that were acknowledged or refused on a connection; each frame has one entry. */
const acked = (wire: Wire) => wire.all("ack").flatMap(({ entries }) => entries.map(({ id }) => id));
const refusals = (wire: Wire) =>
  wire.all("error").map(({ error, ids = [] }) => ({ error, id: ids[0] ?? "" }));

/** Sends many frames of one entry each without waiting for answers; returns the entry ids. */
function flood(wires: readonly Wire[], to: string, framesEach: number): string[] {
  return wires.flatMap((wire) =>
    Array.from({ length: framesEach }, () => {
      const entry = text("flood");
      wire.send({ type: "send", to: { user: to }, entries: [entry] });
      return entry.id;
    }),
  );
}

// With direct ingest, such a conversation waits for nobody.
test.runIf(INGEST === "queued")(
  "a conversation offered ten times what is drained: acknowledged messages are stored and delivered, all others are refused, and other users chat on",
  async () => {
    const [runaway, victim] = newPair(() => true);
    const lane = laneOfPair(runaway, victim);
    const [carol, dave] = newPair((other) => other !== lane);
    const wires = await Promise.all(Array.from({ length: 10 }, () => connect(embedded.target, runaway)));
    const [first, ...others] = wires as [Wire, ...Wire[]];
    const [atVictim, atCarol, atDave] = [
      await connect(embedded.target, victim),
      await connect(embedded.target, carol),
      await connect(embedded.target, dave),
    ];
    const { conversation, id } = await say(first, victim, "hello");
    await say(atCarol, dave, "hello", 0);

    const refused = () => wires.flatMap(refusals);
    const waiting = () => embedded.cloud.queues.depth("entries").visible;

    // Nothing of this lane is drained for a while; frames accepted until the next reading have to wait.
    embedded.cloud.functions.pause("commit", lane);
    const soon = flood(others, victim, 7);
    await eventually("the first in the queue", () => waiting() + refused().length === soon.length);
    const taken = waiting();
    expect(taken).toBeGreaterThan(DEPTH);
    embedded.cloud.clock.advance(READING_MS);
    const beyond = flood(wires, victim, 57);
    const offered = [...soon, ...beyond];
    expect(offered.length).toBeGreaterThan(9 * taken);

    for (let seq = 1; seq <= 10; seq++) await say(atCarol, dave, `message ${seq}`, [1, seq]);
    await eventually("all of them at Dave's", () => atDave.all("entries").length === 11);

    await eventually("all others to be refused", () => waiting() + refused().length === offered.length, {
      timeoutMs: 30_000,
    });
    // One frame may be accepted while the depth is being read.
    expect(waiting() - taken).toBeLessThanOrEqual(1);
    const all = waiting() + 1;
    for (const { error } of refused()) {
      expect(error).toMatchObject({ code: "overloaded", temporary: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }

    embedded.cloud.functions.resume("commit", lane);
    const allAcked = () => wires.flatMap(acked);
    await eventually("what was taken to be acknowledged", () => allAcked().length === all, {
      timeoutMs: 30_000,
    });
    const stored = (await atVictim.log(conversation)).map((entry) => entry.id).sort();
    expect(allAcked().sort()).toEqual(stored);
    await eventually(
      "all of it to be delivered",
      () => atVictim.pushed(conversation).length === stored.length,
    );
    expect(
      atVictim
        .pushed(conversation)
        .map((entry) => entry.id)
        .sort(),
    ).toEqual(stored);
    const answered = [...allAcked(), ...refused().map((refusal) => refusal.id)].sort();
    expect(answered).toEqual([id, ...offered].sort());

    // Afterwards there is room again.
    embedded.cloud.clock.advance(READING_MS);
    expect((await say(first, victim, "calm")).seq).toBe(stored.length + 1);
  },
);

test("a connection that sends too fast gets an error for each excess frame, and the others are accepted", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const { conversation } = await say(atAlice, bob, "hello");
  const frames = Array.from({ length: (2 * LIMITS.unitBurst) / LIMITS.entriesPerFrame }, () =>
    Array.from({ length: LIMITS.entriesPerFrame }, () => text("flood")),
  );
  for (const entries of frames) atAlice.send({ type: "send", to: { user: bob }, entries });
  const refused = () => atAlice.all("error").flatMap(({ ids = [] }) => ids);
  const answers = () => acked(atAlice).length - 1 + refused().length;
  await eventually("every frame to be answered", () => answers() === frames.flat().length, {
    timeoutMs: 30_000,
  });
  expect(refused().length).toBeGreaterThan(0);
  for (const { error } of refusals(atAlice)) {
    expect(error).toMatchObject({ code: "rate_limited", temporary: true });
    expect(error.retryAfterMs).toBeGreaterThan(0);
  }
  expect((await atAlice.log(conversation)).map(({ id }) => id).sort()).toEqual(acked(atAlice).sort());
});

/** Sends a frame again and again, until the connection is closed. */
async function floodUntilClosed(wire: Wire, text: string): Promise<void> {
  let closed = false;
  wire.closed.then(() => {
    closed = true;
  });
  // A refusal counts as six units, and 3 000 of a minute are a flood.
  for (let round = 0; !closed && round < 100; round++) {
    const before = wire.received.length;
    for (let sent = 0; sent < 50; sent++) wire.sendText(text);
    await eventually("answers, or the end", () => closed || wire.received.length >= before + 50, {
      timeoutMs: 30_000,
    });
  }
  await wire.closed;
}

const STRANGERS = directConversationId("some", "strangers");
const watched = Array.from({ length: LIMITS.presenceUsers }, (_, index) => `watched ${index}`);

test.each<[string, object | string]>([
  ["pings", { type: "ping" }],
  ["history of strangers", { type: "history", id: "r", conversation: STRANGERS }],
  ["frames of an unknown type", { type: "no-such-type", id: "r" }],
  ["what is no frame", "not JSON"],
  ["watches", { type: "presence", id: "r", users: watched, watch: true }],
  ["syncs", { type: "sync", id: "r", cursors: {} }],
  ["reads", { type: "read", conversation: STRANGERS, seq: 1 }],
])("a user who floods with %s loses the connection", async (_, frame) => {
  const wire = await connect(embedded.target, newUser("flooding"));
  await floodUntilClosed(wire, typeof frame === "string" ? frame : JSON.stringify(frame));
  expect(wire.all("error").map(({ error }) => error.retryAfterMs)).toContain(300_000);
});

test("a user who keeps flooding loses all connections and is locked out for five minutes", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [flooding, quiet] = [await connect(embedded.target, alice), await connect(embedded.target, alice)];
  // A malformed frame is refused by the same budget, and adds nothing to a queue.
  await floodUntilClosed(flooding, '{"type":"send"}');
  await quiet.closed;
  for (const wire of [flooding, quiet]) {
    expect(wire.all("error").at(-1)?.error).toMatchObject({ code: "rate_limited", temporary: true });
    expect(wire.all("error").map(({ error }) => error.retryAfterMs)).toContain(300_000);
  }
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient(clientConfig(embedded.cloud.endpoints.dynamodb, "eu-central-1")),
  );
  const { Item } = await client.send(
    new GetCommand({
      TableName: embedded.cloud.resources.table,
      Key: { pk: `U#${alice}`, sk: "USER" },
      ConsistentRead: true,
    }),
  );
  const leftMs = Item?.penaltyUntilMs - embedded.cloud.clock.now();
  expect(leftMs).toBeGreaterThan(200_000);
  expect(leftMs).toBeLessThanOrEqual(300_000);
  expect((await say(await connect(embedded.target, bob), newUser("carol"), "others may")).seq).toBe(1);
});
