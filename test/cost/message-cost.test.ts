import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as costs from "../../bench/cost/operation-costs.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { append, createGroup, write } from "../e2e/support/group.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap } from "../support/aws-tap.ts";
import { eventually } from "../support/eventually.ts";

// Checks docs/cost.md by counting on the deployed bundles. Units are those that DynamoDB (dynoxide) reports as consumed.

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  // Long enough that no departure of an earlier test is handled in a later one.
  embedded = await startEmbedded({
    interpose: tap.interpose,
    ingest: "queued",
    presenceGraceSeconds: 900,
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

/** Call that reads a lane's depth. Made every five seconds regardless of traffic, in parallel with the publish. */
const DEPTH = "GetQueueAttributes";
const names = (calls: readonly AwsCall[]) =>
  calls.map(({ operation, subject }) => `${operation} ${subject}`.trim()).filter((name) => name !== DEPTH);
const isWrite = ({ operation }: AwsCall) => /^(Put|Update|Delete|TransactWrite)/.test(operation);
const units = (calls: readonly AwsCall[]) => calls.reduce((sum, call) => sum + call.units, 0);
const costOf = (calls: readonly AwsCall[]): costs.OperationCost => ({
  calls: names(calls).sort(),
  write: units(calls.filter(isWrite)),
  read: units(calls.filter((call) => !isWrite(call))),
});

/** Waits until the queues are empty and every call has been answered. */
async function idle(): Promise<void> {
  await eventually("the queues to be empty and every call answered", () => {
    const depths = (["entries", "outbound"] as const).map((name) => embedded.cloud.queues.depth(name));
    const left = depths.reduce((sum, { visible, inFlight }) => sum + visible + inFlight, 0);
    return left === 0 && tap.calls.every(({ status }) => status !== undefined);
  });
}

/** Returns the number of calls that ran one after another up to and including this one. */
function depth(call: AwsCall, calls: readonly AwsCall[]): number {
  const before = calls.filter(({ endedAtMs }) => endedAtMs !== undefined && endedAtMs <= call.startedAtMs);
  return 1 + Math.max(0, ...before.map((earlier) => depth(earlier, calls)));
}

/** Connects Alice and Bob with one device each, after a conversation of 25 messages. */
async function connectedPair() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  // Fills the head's dedup window.
  for (let seq = 0; seq < 25; seq++) await say(atAlice, bob, `message ${seq}`, seq === 0 ? 0 : [1, seq]);
  await eventually("all at Bob's", () => atBob.pushed(directConversationId(alice, bob)).length === 25);
  await idle();
  tap.clear();
  return { alice, bob, atAlice, atBob };
}

test("a message between two people who have talked before takes 7 calls and 2 write units, with 4 calls in a row to the ack and 6 to the push", async () => {
  const { bob, atAlice, atBob } = await connectedPair();
  const depths: { ack: number; push: number }[] = [];
  for (let seq = 26; seq <= 30; seq++) {
    tap.clear();
    const body = "How about lunch at the usual place, half past twelve?";
    const { conversation } = await say(atAlice, bob, body, [1, seq - 1]);
    await eventually("it at Bob's", () => atBob.pushed(conversation).length === seq);
    await idle();
    const calls = tap.calls.filter(({ operation }) => operation !== DEPTH);
    expect(costOf(calls)).toEqual(costs.message(2, 1));
    expect(names(calls)).toHaveLength(7);
    expect(units(calls.filter(isWrite))).toBe(2);
    expect(units(calls.filter((call) => !isWrite(call)))).toBe(3);
    const isPost = ({ operation }: AwsCall) => operation === "POST";
    const [ack, push] = ["ack", "entries"].map((subject) => calls.find((call) => call.subject === subject));
    depths.push({
      ack: ack ? depth(ack, calls) : 0,
      push: push
        ? depth(
            push,
            calls.filter((call) => !isPost(call)),
          )
        : 0,
    });
  }
  // Parallel calls may happen to run one after another. The minimum counts only calls that must wait.
  expect(Math.min(...depths.map(({ ack }) => ack))).toBe(4);
  expect(Math.min(...depths.map(({ push }) => push))).toBe(6);
});

test("each worker reads the lane's depth once in five seconds, regardless of the number of messages", async () => {
  const { bob, atAlice } = await connectedPair();
  const startedAtMs = performance.now();
  for (let seq = 26; seq <= 75; seq++) await say(atAlice, bob, "next", [1, seq - 1]);
  const reads = tap.calls.filter(({ operation }) => operation === DEPTH).length;
  const periods = Math.floor((performance.now() - startedAtMs) / 5_000) + 2;
  // The embedded cloud runs up to four workers of `send`.
  expect(reads).toBeLessThanOrEqual(4 * periods);
});

test("ten short frames of one conversation in one batch take at most half a write unit each", async () => {
  const { alice, bob } = await connectedPair();
  const conversation = directConversationId(alice, bob);
  const Records = Array.from({ length: 10 }, (_, index) => ({
    messageId: `m${index}`,
    receiptHandle: `r${index}`,
    attributes: { MessageGroupId: conversation, ApproximateReceiveCount: "1" },
    body: JSON.stringify({
      frame: `L0SM9cOFvHcCIhw=L0SM9dAAvHcCIhw=${index}`,
      sender: { user: alice, connection: "gone" },
      conversation,
      seen: [1, 25],
      entries: [text("see you there, then")],
      receivedAtMs: embedded.cloud.clock.now(),
    }),
  }));
  expect(await embedded.cloud.functions.invoke("commit", { Records })).toEqual({ batchItemFailures: [] });
  const writes = tap.calls.filter(isWrite).filter(({ subject }) => subject !== "USER");
  expect(names(writes)).toEqual(["PutItem SEG", "UpdateItem HEAD"]);
  expect(units(writes) / 10).toBeLessThanOrEqual(0.5);
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
  expect(costOf(tap.calls).calls).toEqual([...costs.message(2, 0).calls, ...costs.UNDELIVERED.calls].sort());
});

test("connecting takes two table calls and a publish without watchers, a ping one table call, and disconnecting one and a publish", async () => {
  const user = newUser("alice");
  const wire = await connect(embedded.target, user);
  await idle();
  // Compares sorted calls, because the topic may be faster than the note.
  expect(costOf(tap.calls)).toEqual(costs.arrival(0));
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
  expect(costOf(tap.calls)).toEqual(costs.PING);
  tap.clear();
  await wire.close();
  await eventually("the lease to be removed", () => tap.calls.length === 2);
  await idle();
  expect(names(tap.calls)).toEqual(["UpdateItem USER", "Publish"]);
  expect(costOf(tap.calls)).toEqual(costs.LAST_CLOSED);
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
  expect(costOf(tap.calls)).toEqual(costs.sync(1, 0, 0));
  tap.clear();
  await atBob.sync({ [conversation]: [1, 20] });
  expect(names(tap.calls).sort()).toEqual(["BatchGetItem C", "BatchGetItem HEAD", "Query C", "Query SEG"]);
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
  expect(names(calls).sort()).toEqual([
    "BatchGetItem MEMBER",
    // Leases by the hundred, for each of two shards.
    ...Array(4).fill("BatchGetItem USER"),
    "GetItem HEAD",
    "POST ack",
    ...Array(6).fill("POST entries"),
    "Publish",
    // One for the shards, and one per shard for mobile push.
    ...Array(3).fill("PublishBatch"),
    "PutItem SEG",
    ...Array(2).fill("Query MEMBER"),
    ...Array(2).fill("Query SEG"),
    "UpdateItem HEAD",
  ]);
  expect(units(calls.filter(isWrite))).toBe(2);
  const reads = calls.filter((call) => !isWrite(call));
  // Reading a lease costs a unit even if there is none. Everything else together is little.
  expect(units(reads.filter(({ subject }) => subject === "USER"))).toBe(300);
  expect(units(reads.filter(({ subject }) => subject !== "USER"))).toBeLessThanOrEqual(16);
});
