import { afterAll, beforeAll, expect, test } from "vitest";
import * as costs from "../../bench/cost/operation-costs.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import type { Wire } from "../support/wire.ts";

// Checks docs/cost.md on presence by counting on the deployed bundles.

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose, presenceGraceSeconds: 1 });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});

const names = (calls: readonly AwsCall[]) =>
  calls.map(({ operation, subject }) => `${operation} ${subject}`.trim());
const isWrite = ({ operation }: AwsCall) => /^(Put|Update|Delete|BatchWrite)/.test(operation);
const units = (calls: readonly AwsCall[]) => calls.reduce((sum, call) => sum + call.units, 0);
const writes = () => units(tap.calls.filter(isWrite));
const reads = () => units(tap.calls.filter((call) => !isWrite(call)));
const cost = (): costs.OperationCost => ({ calls: names(tap.calls).sort(), write: writes(), read: reads() });

async function idle(): Promise<void> {
  await eventually("the queues to be empty and every call answered", () => {
    const left = pendingIn(embedded.cloud, ["entries", "outbound", "notices", "presence"]);
    return left === 0 && tap.calls.every(({ status }) => status !== undefined);
  });
}

/** Lets both sides speak. The peer is connected meanwhile. */
async function talk(wire: Wire, user: string, peer: string): Promise<void> {
  const atPeer = await connect(embedded.target, peer);
  await say(wire, peer, "hello");
  await atPeer.next("entries");
  await say(atPeer, user, "hello", [1, 1]);
  await idle();
  await atPeer.close();
  await eventually("the departure to wait", () => pendingIn(embedded.cloud, ["presence"]) > 0);
  await idle();
}

/** Creates an offline user, Bob, and connected friends who watch him. */
async function watchedUser(count: number): Promise<{ bob: string; friends: Wire[] }> {
  const bob = newUser("bob");
  const friends: Wire[] = [];
  for (let index = 0; index < count; index++) {
    const name = newUser(`friend-${index}`);
    const friend = await connect(embedded.target, name);
    await talk(friend, name, bob);
    await friend.presence([bob], { watch: true });
    friends.push(friend);
  }
  await idle();
  tap.clear();
  return { bob, friends };
}

test.each([1, 5])(
  "an arrival and a departure with %i watchers cost one post per watcher, and nothing else grows",
  async (count) => {
    const { bob } = await watchedUser(count);
    const atBob = await connect(embedded.target, bob);
    await idle();
    // One unit for the watch rows and one for every friend's inbox row, because Bob may have been blocked since.
    expect(cost()).toEqual(costs.arrival(count));
    tap.clear();
    await atBob.close();
    await eventually("the departure to be announced", () => names(tap.calls).includes("POST presence"));
    await idle();
    expect(cost()).toEqual(costs.departure(count));
  },
);

test("a presence query costs the inbox rows and the users; watching adds the rows that change, and watching again none", async () => {
  const alice = newUser("alice");
  const atAlice = await connect(embedded.target, alice);
  const friends = Array.from({ length: 30 }, (_, index) => newUser(`f${index}`));
  const known = friends.slice(0, 10);
  for (const friend of known) await talk(atAlice, alice, friend);
  await idle();
  tap.clear();
  await atAlice.presence(friends);
  expect(names(tap.calls)).toEqual(["BatchGetItem C", "BatchGetItem USER"]);
  expect(reads()).toBeLessThanOrEqual(30 + 10);
  tap.clear();
  await atAlice.presence(known, { watch: true });
  expect(cost()).toEqual(costs.watch(10));
  tap.clear();
  await atAlice.presence(friends, { watch: true });
  expect(names(tap.calls)).toEqual(["BatchGetItem C", "BatchGetItem WATCHES", "BatchGetItem USER"]);
  expect(writes()).toBe(0);
  tap.clear();
  await atAlice.presence(known.slice(1), { watch: true });
  // The set, and the row of the user who is watched no more.
  expect(writes()).toBe(2);
});

test("querying and watching a hundred users takes a fixed number of calls", async () => {
  const atAlice = await connect(embedded.target, newUser("alice"));
  await idle();
  tap.clear();
  const users = Array.from({ length: 100 }, (_, index) => `nobody ${index}`);
  const conversation = `g${"b".repeat(43)}`;
  await atAlice.presence(users, { watch: true, conversation });
  // 201 inbox rows. None of the users may be watched, so no watch is written.
  expect(names(tap.calls)).toEqual([
    ...Array.from({ length: 3 }, () => "BatchGetItem C"),
    "BatchGetItem WATCHES",
  ]);
});

test("watchers cost nothing while nobody connects or leaves, and pings announce nothing", async () => {
  const { friends } = await watchedUser(3);
  const [friend] = friends;
  for (let count = 1; count <= 3; count++) {
    friend?.send({ type: "ping" });
    await eventually("its pong", () => friend?.all("pong").length === count);
  }
  await idle();
  expect(names(tap.calls)).toEqual(["BatchGetItem USER", "BatchGetItem USER", "BatchGetItem USER"]);
});
