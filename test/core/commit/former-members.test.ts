import { describe, expect, test } from "vitest";
import { push } from "../../../functions/core/commit/acknowledge-and-push.ts";
import { deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import { directConversationId, groupConversationId } from "../../../functions/core/log/conversation-id.ts";
import { EntryCache } from "../../../functions/core/log/entry-cache.ts";
import { history } from "../../../functions/core/query/history.ts";
import { members } from "../../../functions/core/query/members.ts";
import { sync } from "../../../functions/core/query/sync.ts";
import { smallGroupMembers } from "../../../functions/core/receipts/audience.ts";
import { forget } from "../../../functions/core/settings.ts";
import type { PublishedEntry, PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import type { Entry } from "../../../protocol/index.ts";
import { MemoryWatches } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";

const GROUP = groupConversationId("alice", "create");
const signal = new AbortController().signal;

let frames = 0;

/** Builds a frame of one entry for the group. */
function frame(sender: string, entry: Omit<PublishedEntry, "id">, id = `id-${++frames}`): PublishedFrame {
  return {
    frame: `frame-${++frames}`,
    sender: { user: sender, connection: `${sender}-1` },
    conversation: GROUP,
    entries: [{ ...entry, id } as PublishedEntry],
    seen: "recent",
    receivedAtMs: 1_000,
  };
}

const text = (sender: string) => frame(sender, { kind: "text", body: { text: "hello" } });
const add = (...users: string[]) => frame("alice", { kind: "member.add", body: { users } });
const remove = (...users: string[]) => frame("alice", { kind: "member.remove", body: { users } });
const leave = (user: string) => frame(user, { kind: "member.leave", body: {} });

/** A group that Alice has made of these users, with two connections for each of them: they write on the first. */
async function groupOf(...users: string[]) {
  const world = new CommitWorld();
  for (const user of ["alice", ...users]) {
    for (const connection of [`${user}-1`, `${user}-2`]) await world.connect(user, connection);
  }
  const create = { kind: "create" as const, body: { members: users } };
  await world.commit([{ ...frame("alice", create, "create"), seen: 0 }]);
  world.forgetCalls();
  return world;
}

/** Lets this many users pass through the group, 40 at a time. */
async function letPass(world: CommitWorld, count: number) {
  for (let from = 0; from < count; from += 40) {
    const users = Array.from({ length: Math.min(40, count - from) }, (_, index) => `guest-${from + index}`);
    world.nowMs += 1_000;
    await world.commit([add(...users), remove(...users)]);
  }
  world.forgetCalls();
}

const entriesAt = (world: CommitWorld, user: string): Entry[] =>
  world.posted.flatMap(({ connection, frame }) =>
    connection === `${user}-2` && frame.type === "entries" ? frame.entries : [],
  );
const seqsAt = (world: CommitWorld, user: string) => entriesAt(world, user).map(({ seq }) => seq);
const rangesOf = (world: CommitWorld, user: string) => world.store.row({ user, conversation: GROUP })?.ranges;
const acks = (world: CommitWorld, user: string) =>
  world.posted.flatMap(({ connection, frame }) =>
    connection === `${user}-1` && (frame.type === "ack" || frame.type === "reject") ? [frame] : [],
  );

describe("who passed through a group", () => {
  test("costs its next message nothing: ten thousand former members, and the calls of a group that never had any", async () => {
    const [quiet, busy] = [await groupOf("bob"), await groupOf("bob")];
    // The first words of a member cost more, but not because of others.
    for (const world of [quiet, busy]) await world.commit([text("alice")]);
    quiet.forgetCalls();
    await letPass(busy, 10_000);
    expect([...(busy.store.members.get(GROUP)?.keys() ?? [])]).toEqual(["alice", "bob"]);
    for (const world of [quiet, busy]) await world.commit([text("alice")]);
    expect(busy.names).toEqual(quiet.names);
    expect(busy.outbound).toEqual([]);
    expect(entriesAt(busy, "bob")).toHaveLength(1);
  });

  test("is no audience of a receipt, and not in the way of those who are", async () => {
    const world = await groupOf("bob");
    await letPass(world, 320);
    expect(await smallGroupMembers(world.deps.log, GROUP, signal)).toEqual(
      expect.arrayContaining(["alice", "bob"]),
    );
    const page = await members(world.deps, "bob", { type: "members", id: "r", conversation: GROUP }, signal);
    expect(page).toEqual({
      members: expect.arrayContaining([
        { user: "alice", role: "owner" },
        { user: "bob", role: "member" },
      ]),
    });
    expect(world.names.filter((name) => name === "log.members")).toHaveLength(2);
  });
});

describe("a removed member", () => {
  test.each([
    ["removed", () => remove("bob")],
    ["leaving", () => leave("bob")],
  ])("is told of it at once when %s, and gets nothing after it", async (_, end) => {
    const world = await groupOf("bob", "carol");
    await world.commit([end(), text("carol")]);
    await world.commit([text("carol")]);
    expect(seqsAt(world, "bob")).toEqual([2]);
    expect(seqsAt(world, "carol")).toContain(2);
    expect(rangesOf(world, "bob")).toEqual([[1, 2]]);
  });

  test("is told of it by a redelivery, if the first writer died before its pushes", async () => {
    const world = await groupOf("bob");
    const removal = remove("bob");
    await world.commit([removal], { leases: failing() });
    expect(seqsAt(world, "bob")).toEqual([]);
    await world.commit([removal]);
    expect(seqsAt(world, "bob")).toEqual([2]);
  });

  test("still gets a message of before that is redelivered after the removal", async () => {
    const world = await groupOf("bob");
    const late = text("alice");
    await world.commit([late], { leases: failing() });
    await world.commit([remove("bob"), text("alice")]);
    expect(seqsAt(world, "bob")).toEqual([3]);
    world.forgetCalls();
    await world.commit([late]);
    expect(seqsAt(world, "bob")).toEqual([2]);
  });

  test("still gets a message of before if they are removed while its text is read", async () => {
    const world = await groupOf("bob");
    const late = text("alice");
    await world.commit([late], { leases: failing() });
    // So many that the message is in a segment.
    for (let count = 0; count < 40; count++) await world.commit([text("alice")]);
    const view = await world.deps.log.read(GROUP, [], signal);
    if (view === undefined) throw new Error("the group is missing");
    const edit = { kind: "edit" as const, body: { of: 2, text: "hello again" } };
    await world.commit([frame("alice", edit), remove("bob")]);
    const entries = new EntryCache(world.deps.log, GROUP, view.head);
    await entries.readSeqs([2], signal);
    expect(entries.isOvertaken).toBe(true);
    world.forgetCalls();
    const outcomes = [{ id: late.entries[0]?.id ?? "", seq: 2 }];
    const decisions = [{ frame: late, origin: "repeated" as const, outcomes }];
    await push(
      world.deps,
      GROUP,
      { decisions, view, entries, speakers: [], announceFromSeq: 43 },
      1_000,
      signal,
    );
    expect(seqsAt(world, "bob")).toEqual([2]);
  });

  test("is answered `ack` for an entry that is in the log, and `not_a_member` for any other", async () => {
    const world = await groupOf("bob");
    const said = text("bob");
    await world.commit([said]);
    await world.commit([remove("bob")]);
    world.forgetCalls();
    await world.commit([{ ...said, frame: "again" }, text("bob")]);
    expect(acks(world, "bob")).toMatchObject([
      { type: "ack", entries: [{ seq: 2 }] },
      { type: "reject", error: { code: "not_a_member" } },
    ]);
    expect(seqsAt(world, "bob")).toEqual([2]);
  });

  test("comes back with the ranges of before", async () => {
    const world = await groupOf("bob");
    await world.commit([remove("bob"), text("alice"), add("bob")]);
    await world.commit([leave("bob")]);
    await world.commit([add("bob")]);
    expect(rangesOf(world, "bob")).toEqual([[1, 2], [4, 5], [6]]);
    expect(world.store.members.get(GROUP)?.get("bob")?.ranges).toEqual(rangesOf(world, "bob"));
  });

  test("loses no range if the inbox row changes while they are added", async () => {
    const world = await groupOf("bob");
    await world.commit([remove("bob"), text("alice")]);
    const row = world.store.row({ user: "bob", conversation: GROUP });
    world.around = async (name, work) => {
      if (name !== "log.change" || row === undefined) return work();
      world.around = (_, rest) => rest();
      world.store.putRow("bob", { ...row, ranges: [[2, 2]] });
      return work();
    };
    expect(await world.commit([add("bob")])).toEqual([]);
    expect(rangesOf(world, "bob")).toEqual([[2, 2], [4]]);
  });

  test("of a large group is told of it by a shard, once, and gets nothing after it", async () => {
    const world = await groupOf("bob");
    for (let from = 0; from < 120; from += 40) {
      await world.commit([add(...Array.from({ length: 40 }, (_, index) => `user-${from + index}`))]);
    }
    world.forgetCalls();
    await world.commit([remove("bob"), text("alice")]);
    const records = (world.outbound as Delivery[]).map((delivery, index) => ({
      id: `${index}`,
      receiptHandle: "",
      receiveCount: 1,
      body: JSON.stringify(delivery),
    }));
    expect(records.length).toBeGreaterThan(0);
    await deliverBatch({ ...world.deps, watches: new MemoryWatches() }, records);
    expect(seqsAt(world, "bob")).toEqual([5]);
    world.forgetCalls();
    await world.commit([text("alice")]);
    await deliverBatch(
      { ...world.deps, watches: new MemoryWatches() },
      (world.outbound as Delivery[]).map((delivery) => ({
        id: "later",
        receiptHandle: "",
        receiveCount: 1,
        body: JSON.stringify(delivery),
      })),
    );
    expect(seqsAt(world, "bob")).toEqual([]);
  });
});

test("who is removed from a large group while a shard reads its members gets what was sent before", async () => {
  const world = await groupOf("bob");
  for (let from = 0; from < 120; from += 40) {
    await world.commit([add(...Array.from({ length: 40 }, (_, index) => `user-${from + index}`))]);
  }
  await world.commit([text("alice")]);
  world.forgetCalls();
  await world.commit([text("alice")]);
  const deliveries = [...world.outbound] as Delivery[];
  world.around = async (name, work) => {
    if (name !== "log.members") return work();
    world.around = (_, rest) => rest();
    await world.commit([remove("bob")]);
    return work();
  };
  const records = deliveries.map((delivery, index) => ({
    id: `${index}`,
    receiptHandle: "",
    receiveCount: 1,
    body: JSON.stringify(delivery),
  }));
  await deliverBatch({ ...world.deps, watches: new MemoryWatches() }, records);
  expect(seqsAt(world, "bob")).toContain(6);
});

describe("a group that its former member has forgotten", () => {
  const request = { type: "forget" as const, id: "r", conversation: GROUP };

  async function forgotten() {
    const world = await groupOf("bob");
    await world.commit([text("alice"), remove("bob")]);
    expect(await forget(world.deps, "bob", request, signal)).toEqual({});
    world.forgetCalls();
    return world;
  }

  test("is not listed, and its history is not found", async () => {
    const world = await forgotten();
    const synced = await sync(world.deps, "bob", { type: "sync", id: "s", cursors: {} }, signal);
    expect(synced.conversations).toEqual([]);
    const asked = await history(world.deps, "bob", { type: "history", id: "h", conversation: GROUP }, signal);
    expect(asked).toMatchObject({ code: "not_found" });
    await world.commit([text("bob")]);
    expect(acks(world, "bob")).toMatchObject([{ type: "reject", error: { code: "not_found" } }]);
  });

  test("begins anew for a user who is added again", async () => {
    const world = await forgotten();
    await world.commit([add("bob")]);
    expect(rangesOf(world, "bob")).toEqual([[4]]);
    expect(seqsAt(world, "bob")).toEqual([4]);
  });

  test("does not come back with its ranges if it is forgotten while the user is added", async () => {
    const world = await groupOf("bob");
    await world.commit([remove("bob"), text("alice")]);
    world.around = async (name, work) => {
      if (name !== "log.change") return work();
      world.around = (_, rest) => rest();
      await forget(world.deps, "bob", request, signal);
      return work();
    };
    await world.commit([add("bob")]);
    expect(rangesOf(world, "bob")).toEqual([[4]]);
  });

  test("cannot be forgotten by a member, nor a direct conversation by anybody", async () => {
    const world = await groupOf("bob");
    expect(await forget(world.deps, "bob", request, signal)).toMatchObject({ code: "conflict" });
    expect(await forget(world.deps, "eve", request, signal)).toMatchObject({ code: "not_found" });
    const direct = directConversationId("alice", "bob");
    world.store.putRow("bob", { conversation: direct, peer: "alice", role: "member", ranges: [[1]] });
    const asked = await forget(world.deps, "bob", { ...request, conversation: direct }, signal);
    expect(asked).toMatchObject({ code: "forbidden" });
  });
});

/** Leases of a table that fails: the writer dies between its append and its pushes. */
function failing(): CommitWorld["deps"]["leases"] {
  return new Proxy({} as CommitWorld["deps"]["leases"], {
    get: () => async () => {
      throw new Error("killed");
    },
  });
}
