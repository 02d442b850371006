import { afterAll, beforeAll, expect, test } from "vitest";
import * as costs from "../../bench/cost/operation-costs.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import type { Embedded } from "../e2e/support/embedded.ts";
import { append, createGroup } from "../e2e/support/group.ts";
import { connect, newUser, say } from "../e2e/support/target.ts";
import type { AwsTap } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import type { Wire } from "../support/wire.ts";
import { type CountedCloud, startCountedCloud } from "./support/counted-cloud.ts";

// Checks docs/cost.md on groups, edits, receipts, blocks and settings by counting on the deployed bundles.

let cloud: CountedCloud;
let embedded: Embedded;
let tap: AwsTap;
let costOf: CountedCloud["costOf"];

beforeAll(async () => {
  cloud = await startCountedCloud("queued");
  ({ embedded, tap, costOf } = cloud);
});
afterAll(() => cloud.stop());

const times = (count: number, name: string) => Array<string>(count).fill(name);
const called = (name: string, count = 1) =>
  tap.calls.filter((call) => `${call.operation} ${call.subject}` === name && call.status !== undefined)
    .length >= count;

/** Connects Alice and Bob with one device each, with a log of 25 messages, the second one Bob's. */
async function pair() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  await say(atAlice, bob, "first", 0);
  await say(atBob, alice, "second", [1, 1]);
  for (let seq = 2; seq < 25; seq++) await say(atAlice, bob, `message ${seq}`, [1, seq]);
  return { alice, bob, atAlice, atBob, conversation: directConversationId(alice, bob) };
}

/** Creates a group of Alice and `others` members, of whom `connected` have a connection. */
async function group(others: number, connected: number) {
  const alice = newUser("alice");
  const members = Array.from({ length: others }, (_, index) => newUser(`m${index}`));
  const atAlice = await connect(embedded.target, alice);
  const conversation = await createGroup(atAlice, members.slice(0, 40));
  const wires = await Promise.all(members.slice(0, connected).map((user) => connect(embedded.target, user)));
  return { alice, members, atAlice, wires, conversation, first: wires[0] as Wire };
}

/** Adds the read of the head to a cost without it: an environment reads it once for each new entry. */
function withHeadRead({ calls, write, read }: costs.OperationCost): costs.OperationCost {
  const missing = calls.includes("BatchGetItem HEAD") ? [] : ["BatchGetItem HEAD"];
  return { calls: [...calls, ...missing].sort(), write, read: read + missing.length };
}

const APPENDED = ["POST ack", "Publish", "Query HEAD"];

test("a message to a small group costs the same as one between two people, plus a lease and a post per member", async () => {
  const { atAlice, conversation } = await group(4, 4);
  const message = { kind: "text" as const, body: { text: "How about lunch, half past twelve?" } };
  await append(atAlice, conversation, message, [1, 1]);
  const cost = await costOf(
    () => append(atAlice, conversation, message, [1, 2]),
    () => called("POST entries", 4),
  );
  expect(cost).toEqual(costs.message(5, 4, "queued"));
});

test("creating a group and changing its members costs 4 write units and 4 for each member concerned, and inviting 1", async () => {
  const alice = newUser("alice");
  const others = ["bob", "carol", "dave", "erin"].map(newUser);
  const [atAlice, ...wires] = await Promise.all(
    [alice, ...others].map((user) => connect(embedded.target, user)),
  );
  if (atAlice === undefined) throw new Error("the connection of Alice is missing");
  let conversation = "";
  const created = await costOf(
    async () => {
      conversation = await createGroup(atAlice, others, { title: "Lunch" });
    },
    () => called("POST entries", 4),
  );
  expect(created).toEqual({
    calls: [
      ...APPENDED,
      "BatchGetItem C",
      "BatchGetItem USER",
      ...times(4, "POST entries"),
      ...times(4, "POST joined"),
      // The event `member.add`.
      "PublishBatch",
      "TransactWriteItems HEAD",
      "UpdateItem USER",
    ].sort(),
    write: 1 + 4 + 4 * 5,
    // The missing head, four inbox rows for blocks, five leases.
    read: 1 + 4 + 5,
  });
  expect(wires).toHaveLength(4);

  const pushed = () => called("POST entries", 4);
  const newcomers = ["f1", "f2", "f3", "f4", "f5"].map(newUser);
  const changes = [
    { entry: { kind: "member.add", body: { users: newcomers } }, rows: 5, blocks: 5, members: 10 },
    {
      entry: { kind: "member.remove", body: { users: newcomers.slice(0, 1) } },
      rows: 1,
      blocks: 0,
      members: 10,
    },
    {
      entry: { kind: "role", body: { user: others[0] ?? "", role: "admin" } },
      rows: 1,
      blocks: 0,
      members: 9,
    },
    { entry: { kind: "rename", body: { title: "Dinner" } }, rows: 0, blocks: 0, members: 9 },
    { entry: { kind: "retention", body: { seconds: 86_400 } }, rows: 0, blocks: 0, members: 9 },
  ] as const;
  for (const [index, { entry, rows, blocks, members }] of changes.entries()) {
    const cost = await costOf(
      () => append(atAlice, conversation, entry as Parameters<typeof append>[2], [1, index + 1]),
      pushed,
    );
    expect(cost.calls).toEqual(
      [
        ...APPENDED,
        // The newcomers' rows: blocks, and ranges of before.
        ...times(blocks > 0 ? 2 : 0, "BatchGetItem C"),
        "BatchGetItem USER",
        ...times(4, "POST entries"),
        // Publishes the event of that name.
        ...times(entry.kind.startsWith("member.") ? 1 : 0, "PublishBatch"),
        "TransactWriteItems HEAD",
        // Alice has invitations outstanding: the first update fails and tells which.
        ...times(entry.kind === "member.add" ? 2 : 0, "UpdateItem USER"),
      ].sort(),
    );
    // The emulator counts no unit for the failed update; AWS does.
    expect(cost.write).toBe(4 + 4 * rows + (entry.kind === "member.add" ? 1 : 0));
    // One read unit for about 25 rows of head and members.
    expect(cost.read).toBeLessThanOrEqual(2 + 2 * blocks + members);
  }
  // Forty members are added in one write. The last 4 units allow for growth of head and segment.
  const forty = Array.from({ length: 40 }, (_, index) => newUser(`crowd-${index}`));
  const added = await costOf(
    () => append(atAlice, conversation, { kind: "member.add", body: { users: forty } }, [1, 6]),
    pushed,
  );
  expect(added.calls.filter((name) => name.startsWith("TransactWriteItems"))).toHaveLength(1);
  expect(added.write).toBeLessThanOrEqual(4 + 4 * 40 + 4 + 2);
});

test("a receipt between two people costs one write and two leases; a late one costs only a failed write and a read", async () => {
  const { atAlice, atBob, conversation } = await pair();
  for (const [type, seq] of [
    ["delivered", 20],
    ["read", 20],
    ["read", 25],
  ] as const) {
    const cost = await costOf(
      async () => atBob.send({ type, conversation, seq }),
      () => called("POST receipt"),
    );
    expect(withHeadRead(cost)).toEqual(costs.receipt(2, 1));
  }
  const late = await costOf(
    async () => atBob.send({ type: "read", conversation, seq: 20 }),
    () => called("BatchGetItem C"),
  );
  expect(late.calls).toEqual(["BatchGetItem C", "UpdateItem C"]);
  expect(atAlice.all("receipt")).toHaveLength(3);
});

test("typing between two people costs two reads and a post; more typing within two seconds costs nothing", async () => {
  const { atAlice, conversation } = await pair();
  const cost = await costOf(
    async () => atAlice.send({ type: "typing", conversation }),
    () => called("POST typing"),
  );
  expect(cost).toEqual({ calls: ["BatchGetItem C", "BatchGetItem USER", "POST typing"], write: 0, read: 2 });
  expect(cost).toEqual(costs.typing(2, 1));
  // The container that pushed keeps the two seconds. While it is busy, another container handles the frame.
  await eventually("a frame that pushes nothing", async () => {
    const held = await costOf(async () => {
      atAlice.send({ type: "typing", conversation });
      // From the same connection and answered later.
      await atAlice.history({ conversation, limit: 1 });
    });
    return !held.calls.includes("POST typing");
  });
});

test("in a group, receipts and typing cost the members' rows and leases, and a post for each connected member", async () => {
  const { first, conversation } = await group(9, 4);
  await append(first, conversation, { kind: "text", body: { text: "hi" } }, [1, 1]);
  const read = await costOf(
    async () => first.send({ type: "read", conversation, seq: 1 }),
    () => called("POST receipt", 4),
  );
  expect(withHeadRead(read)).toEqual(costs.receipt(10, 4));
  const typing = await costOf(
    async () => first.send({ type: "typing", conversation }),
    () => called("POST typing", 4),
  );
  expect(typing).toEqual(costs.typing(10, 4));
});

test("beyond 32 members a receipt costs one write and the user's own leases, and typing one read", async () => {
  const { first, conversation, atAlice } = await group(35, 1);
  const noted = await costOf(
    async () => first.send({ type: "read", conversation, seq: 1 }),
    () => called("BatchGetItem USER"),
  );
  const isHead = (name: string) => name === "BatchGetItem HEAD";
  expect(noted.calls.filter((name) => !isHead(name))).toEqual([
    "BatchGetItem USER",
    "Query MEMBER",
    "UpdateItem C",
    "UpdateItem C",
  ]);
  await append(atAlice, conversation, { kind: "text", body: { text: "hi" } }, [1, 1]);
  const cost = await costOf(
    async () => first.send({ type: "read", conversation, seq: 2 }),
    () => called("BatchGetItem USER"),
  );
  expect(withHeadRead(cost)).toEqual({
    calls: ["BatchGetItem HEAD", "BatchGetItem USER", "UpdateItem C"],
    write: 1,
    read: 2,
  });
  const typing = await costOf(
    async () => first.send({ type: "typing", conversation }),
    () => called("BatchGetItem C"),
  );
  expect(typing).toEqual({ calls: ["BatchGetItem C"], write: 0, read: 1 });
});

test("a sync with a group costs two more calls, and a read unit for each member's cursor", async () => {
  const { atAlice, conversation } = await group(9, 0);
  const cost = await costOf(() => atAlice.sync({ [conversation]: [1, 1] }));
  // Alice's own entry is not unread, but without a read cursor it is examined.
  const counting = "Query SEG";
  expect(cost.calls.filter((name) => name !== counting)).toEqual([
    "BatchGetItem C",
    "BatchGetItem HEAD",
    "Query C",
    "Query C",
    "Query MEMBER",
  ]);
  atAlice.send({ type: "read", conversation, seq: 1 });
  await eventually("the receipt to be handled without a push", () => called("BatchGetItem USER"));
  const read = await costOf(() => atAlice.sync({ [conversation]: [1, 1] }));
  expect(read.calls).not.toContain(counting);
  // Two lists, the head, the members, and the nine others' rows.
  expect(read).toEqual(costs.sync(0, 1, 10));
});

test("a page of members costs two calls, a page of receipts also the head and a row per member, and a page of history two calls and the segments", async () => {
  const { first, conversation } = await group(9, 1);
  const members = await costOf(() => first.request({ type: "members", conversation }));
  expect(members).toEqual({ calls: ["BatchGetItem C", "Query MEMBER"], write: 0, read: 2 });
  const receipts = await costOf(() => first.request({ type: "receipts", conversation }));
  expect(receipts).toEqual({
    calls: ["BatchGetItem C", "BatchGetItem C", "BatchGetItem HEAD", "Query MEMBER"],
    write: 0,
    read: 3 + 10,
  });
  const history = await costOf(() => first.history({ conversation }));
  expect(history.calls).toEqual(["BatchGetItem C", "BatchGetItem HEAD", "Query SEG"]);
});

test("a block costs 10 or 12 write units and no push, muting and forgetting 4, keeping 1", async () => {
  const { alice, atAlice, atBob, conversation } = await pair();
  for (const type of ["block", "unblock"] as const) {
    const cost = await costOf(() => atBob.request({ type, user: alice }));
    expect(cost.calls).toEqual(["POST reply", "Publish", "Query HEAD", "TransactWriteItems HEAD"]);
    expect(cost.read).toBe(1);
    // Two more if the transaction takes entries of the head along into a segment.
    expect([10, 12]).toContain(cost.write);
  }
  const mute = await costOf(() => atBob.request({ type: "mute", conversation, muted: true }));
  // The row is read first: a mute must not tell of a conversation that is not listed.
  expect(mute).toEqual({ calls: ["BatchGetItem C", "TransactWriteItems MEMBER"], write: 4, read: 1 });
  const keep = await costOf(() => atBob.request({ type: "keep", conversation, seconds: 86_400 }));
  expect(keep).toEqual({ calls: ["BatchGetItem C", "UpdateItem C"], write: 1, read: 1 });
  const group = await createGroup(atBob, [newUser("carol"), alice]);
  await append(atAlice, group, { kind: "member.leave", body: {} });
  const forget = await costOf(() => atAlice.request({ type: "forget", conversation: group }));
  expect(forget).toEqual({ calls: ["BatchGetItem C", "TransactWriteItems C"], write: 4, read: 1 });
  const history = await costOf(() => atBob.history({ conversation }));
  const queries = history.calls.filter((name) => name === "Query SEG").length;
  expect(history.calls.length - queries).toBe(2);
  // One finds the first visible entry; the others read on while more is needed.
  expect(queries).toBeGreaterThanOrEqual(2);
  expect(queries).toBeLessThanOrEqual(4);
});

test("the first message between two people costs 13 write units: one of them for the invitation, the others in one transaction", async () => {
  const [atAlice, bob] = [await connect(embedded.target, newUser("alice")), newUser("bob")];
  const cost = await costOf(() => say(atAlice, bob, "hello", 0));
  expect(cost).toEqual({
    // Bob is offline, so PublishBatch requests mobile push.
    calls: [
      ...APPENDED,
      "BatchGetItem USER",
      "PublishBatch",
      "TransactWriteItems HEAD",
      "UpdateItem USER",
    ].sort(),
    write: 13,
    read: 1 + 2,
  });
});

test("the first words of a member cost 10 write units between two people and 6 in a group, instead of 1, and a delivery", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  await say(atAlice, bob, "hello", 0);
  await atBob.next("entries");
  const reply = await costOf(() => say(atBob, alice, "hello", [1, 1]));
  expect(reply.calls.filter((name) => /^(TransactWriteItems|UpdateItem)/.test(name))).toEqual([
    "TransactWriteItems HEAD",
  ]);
  expect(reply.write).toBe(10);
  const { conversation, wires } = await group(3, 1);
  const [first] = wires;
  const spoken = await costOf(() =>
    append(first as Wire, conversation, { kind: "text", body: { text: "hi" } }, [1, 1]),
  );
  expect(spoken.calls.filter((name) => name.startsWith("TransactWriteItems"))).toHaveLength(1);
  expect(spoken.write).toBe(6);
});
