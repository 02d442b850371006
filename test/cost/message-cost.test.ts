import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as costs from "../../bench/cost/operation-costs.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import type { Embedded } from "../e2e/support/embedded.ts";
import { append, createGroup, write } from "../e2e/support/group.ts";
import { connect, newUser, say } from "../e2e/support/target.ts";
import type { AwsTap } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import {
  type CountedCloud,
  countCost,
  DEPTH,
  isWrite,
  names,
  startCountedCloud,
  units,
} from "./support/counted-cloud.ts";

// Checks docs/cost.md by counting on the deployed bundles. Units are those that DynamoDB (dynoxide) reports as consumed.

let cloud: CountedCloud;
let embedded: Embedded;
let tap: AwsTap;
let idle: CountedCloud["idle"];

beforeAll(async () => {
  cloud = await startCountedCloud("queued");
  ({ embedded, tap, idle } = cloud);
});
afterAll(() => cloud.stop());
beforeEach(() => tap.clear());

/** Connects Alice and Bob with one device each, after a conversation of 25 messages; the second one is Bob's. */
async function connectedPair() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  // Fills the head's dedup window.
  await say(atAlice, bob, "first", 0);
  await say(atBob, alice, "second", [1, 1]);
  for (let seq = 2; seq < 25; seq++) await say(atAlice, bob, `message ${seq}`, [1, seq]);
  await eventually("all at Bob's", () => atBob.pushed(directConversationId(alice, bob)).length === 24);
  await idle();
  tap.clear();
  return { alice, bob, atAlice, atBob };
}

test("each worker reads the lane's depth once in five seconds, regardless of the number of messages", async () => {
  const { bob, atAlice } = await connectedPair();
  const startedAtMs = performance.now();
  for (let seq = 26; seq <= 75; seq++) await say(atAlice, bob, "next", [1, seq - 1]);
  const reads = tap.calls.filter(({ operation }) => operation === DEPTH).length;
  const periods = Math.floor((performance.now() - startedAtMs) / 5_000) + 2;
  // The embedded cloud runs up to four workers of `send`.
  expect(reads).toBeLessThanOrEqual(4 * periods);
});

// On a busy machine a post may exceed 250 ms and is then repeated through the outbound queue, which is not counted here.
test("a message to an offline user takes no post but the ack", { retry: 2 }, async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  await say(atAlice, bob, "first", 0);
  await idle();
  tap.clear();
  await say(atAlice, bob, "second", [1, 1]);
  await idle();
  expect(names(tap.calls).filter((name) => name.startsWith("POST"))).toEqual(["POST ack"]);
  // The PublishBatch requests mobile push.
  const { calls } = countCost(tap.calls);
  expect(calls.filter((name) => name !== "PutItem SEG")).toEqual(
    [...costs.message(2, 0, "queued").calls, ...costs.UNDELIVERED.calls].sort(),
  );
});

test("connecting takes two table calls and a publish without watchers, a ping one table call, and disconnecting one and a publish", async () => {
  const user = newUser("alice");
  const wire = await connect(embedded.target, user);
  await idle();
  // Compares sorted calls, because the topic may be faster than the note.
  expect(countCost(tap.calls)).toEqual(costs.arrival(0));
  tap.clear();
  const second = await connect(embedded.target, user);
  await idle();
  // The user is already announced for another device or the next connection.
  expect(names(tap.calls)).toEqual(["UpdateItem USER"]);
  await second.close();
  await eventually("its lease to be removed", () => tap.calls.length === 2);
  expect(names(tap.calls.slice(1))).toEqual(costs.CLOSED.calls);
  tap.clear();
  wire.send({ type: "ping" });
  await wire.next("pong");
  expect(countCost(tap.calls)).toEqual(costs.PING);
  tap.clear();
  await wire.close();
  await eventually("the lease to be removed", () => tap.calls.length === 2);
  await idle();
  expect(names(tap.calls)).toEqual(["UpdateItem USER", "Publish"]);
  expect(countCost(tap.calls)).toEqual(costs.LAST_CLOSED);
});

test("idle connections cost no call", async () => {
  const wires = await Promise.all(
    [1, 2, 3, 4, 5].map((number) => connect(embedded.target, newUser(`idle-${number}`))),
  );
  await idle();
  tap.clear();
  // Not synchronization: the time in which no call may happen.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(names(tap.calls)).toEqual([]);
  await Promise.all(wires.map((wire) => wire.close()));
  await eventually("their leases to be removed", () => tap.calls.length === 10);
});

test("a sync without news takes three table calls, and one more for each conversation with news", async () => {
  const { alice, bob, atAlice, atBob } = await connectedPair();
  const conversation = directConversationId(alice, bob);
  atBob.send({ type: "read", conversation, seq: 25 });
  await atAlice.next("receipt");
  await idle();
  tap.clear();
  await atBob.sync({ [conversation]: [1, 25] });
  expect(names(tap.calls)).toEqual(["Query C", "BatchGetItem HEAD", "BatchGetItem C"]);
  expect(countCost(tap.calls)).toEqual(costs.sync(1, 0, 0));
  tap.clear();
  await atBob.sync({ [conversation]: [1, 10] });
  expect(
    names(tap.calls)
      .sort()
      .filter((name) => name !== "Query SEG"),
  ).toEqual(["BatchGetItem C", "BatchGetItem HEAD", "Query C"]);
  expect(names(tap.calls)).toContain("Query SEG");
});

test("a message to a group of 300 reads only the head and the sender before the ack; two shards read the rest", async () => {
  const alice = newUser("alice");
  const crowd = Array.from({ length: 299 }, (_, index) => `crowd ${index} ${alice}`);
  const atAlice = await connect(embedded.target, alice);
  const group = await createGroup(atAlice, crowd.slice(0, 40));
  for (let from = 40; from < crowd.length; from += 40) {
    const users = crowd.slice(from, from + 40);
    expect(await append(atAlice, group, { kind: "member.add", body: { users } })).toMatchObject({
      refused: undefined,
    });
  }
  const wires = await Promise.all(crowd.slice(0, 6).map((user) => connect(embedded.target, user)));
  const { seq } = await write(atAlice, group, "first");
  const arrived = (last: number) => () =>
    wires.every((wire) => wire.pushed(group).some((entry) => entry.seq === last));
  await eventually("the first at all", arrived(seq));
  await idle();
  tap.clear();
  await append(atAlice, group, { kind: "text", body: { text: "second" } }, [1, seq]);
  await eventually("the second at all", arrived(seq + 1));
  await idle();
  const { calls } = tap;
  // The shards read the entries anew, once for those of one batch.
  const entryReads = names(calls).filter((name) => name === "BatchGetItem HEAD").length;
  expect([1, 2]).toContain(entryReads);
  expect(names(calls).sort()).toEqual([
    ...Array(entryReads).fill("BatchGetItem HEAD"),
    "BatchGetItem MEMBER",
    // Leases by the hundred, for each of two shards.
    ...Array(4).fill("BatchGetItem USER"),
    "GetItem HEAD",
    "POST ack",
    ...Array(6).fill("POST entries"),
    "Publish",
    // One for the shards, and one per shard for mobile push.
    ...Array(3).fill("PublishBatch"),
    ...Array(2).fill("Query MEMBER"),
    "UpdateItem HEAD",
  ]);
  expect(units(calls.filter(isWrite))).toBe(1);
  const reads = calls.filter((call) => !isWrite(call));
  // Reading a lease costs a unit even if there is none. Everything else together is little.
  expect(units(reads.filter(({ subject }) => subject === "USER"))).toBe(300);
  expect(units(reads.filter(({ subject }) => subject !== "USER"))).toBeLessThanOrEqual(16);
});
