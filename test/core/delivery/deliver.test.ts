import { describe, expect, test } from "vitest";
import { type DeliverDeps, deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import { MemoryWatches } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";
import { CONVERSATION, segmentsOf, textEntry } from "../support/logs.ts";
import { groupConversation, withTail } from "../support/planning.ts";

/** Alice's group with Bob, who is connected: 1 to 5 in a segment, 6 to 8 in the head. */
async function setUp() {
  const world = new CommitWorld();
  const view = withTail(groupConversation(5, ["bob"]), 3);
  world.put(CONVERSATION, view, segmentsOf([5]));
  await world.connect("bob");
  const deps: DeliverDeps = { ...world.deps, watches: new MemoryWatches() };
  const deliver = (...deliveries: readonly (Delivery | string)[]) =>
    deliverBatch(
      deps,
      deliveries.map((delivery, index) => ({
        id: `r${index}`,
        receiptHandle: `h${index}`,
        receiveCount: 1,
        body: typeof delivery === "string" ? delivery : JSON.stringify(delivery),
      })),
    );
  const head = world.head(CONVERSATION);
  const { tail } = head;
  /** Moves the head's entries into a segment, as the next append does. */
  const flush = () => {
    world.store.put(CONVERSATION, { entries: tail, headVersion: head.version });
    world.store.heads.set(CONVERSATION, {
      ...head,
      version: `${head.version}+`,
      tail: [textEntry(9)],
      tailFirst: 9,
      lastSeq: 9,
    });
  };
  return { world, deliver, flush };
}

const target = { user: "bob", connection: "bob-1" };
const entries = (...seqs: number[]): Delivery => ({
  type: "deliver.entries",
  target,
  conversation: CONVERSATION,
  epoch: 1,
  seqs,
});
const shard = (...seqs: number[]): Delivery => ({
  type: "deliver.shard",
  conversation: CONVERSATION,
  head: { kind: "group", epoch: 1, lastSeq: 8 },
  seqs,
  fromBucket: 0,
  toBucket: 255,
  acknowledged: [],
});

const received = ({ posted }: CommitWorld) =>
  posted.flatMap(({ frame }) => (frame.type === "entries" ? frame.entries.map(({ seq }) => seq) : []));

describe.each([
  ["a connection", entries],
  ["a shard", shard],
])("entries left for %s", (_, delivery) => {
  test("are read where they are: in segments, or in the head", async () => {
    const { world, deliver } = await setUp();
    expect(await deliver(delivery(4, 7))).toEqual([]);
    expect(received(world)).toEqual([4, 7]);
  });

  test("are pushed although they have moved into a segment since, or move while they are read", async () => {
    for (const movesAt of ["before", "inbox.heads", "log.readForward"]) {
      const { world, deliver, flush } = await setUp();
      if (movesAt === "before") flush();
      world.around = async (name, work) => {
        const result = await work();
        if (name === movesAt) flush();
        return result;
      };
      expect(await deliver(delivery(4, 6, 7, 8))).toEqual([]);
      expect(received(world)).toEqual([4, 6, 7, 8]);
    }
  });

  test("are pushed as they are now", async () => {
    const { world, deliver } = await setUp();
    const head = world.head(CONVERSATION);
    const tail = head.tail.map((entry) => ({ ...entry, body: null, deletedAtMs: 5 }));
    world.store.heads.set(CONVERSATION, { ...head, tail });
    await deliver(delivery(7));
    expect(JSON.stringify(world.posted)).toContain('"deletedAtMs":5');
  });

  test("come back if they could not be read", async () => {
    const { world, deliver } = await setUp();
    world.around = async (name, work) => {
      if (name === "inbox.heads") throw new Error("no answer");
      return work();
    };
    expect(await deliver(delivery(7))).toEqual(["r0"]);
  });
});

test("entries of a conversation that is gone are no failure", async () => {
  const { world, deliver } = await setUp();
  world.store.heads.clear();
  expect(await deliver(entries(7), shard(7))).toEqual([]);
  expect(world.posted).toEqual([]);
});

test("what is no delivery comes back, and holds up no other", async () => {
  const { world, deliver } = await setUp();
  expect(await deliver("{", '{"type":"deliver.entries"}', entries(7))).toEqual(["r0", "r1"]);
  expect(received(world)).toEqual([7]);
});

test("an answer left for a connection is posted as it is, and comes back as long as that fails", async () => {
  const { world, deliver } = await setUp();
  const frame = { type: "ack" as const, conversation: CONVERSATION, epoch: 1, entries: [] };
  const answer: Delivery = { type: "deliver.answer", target, frame };
  world.around = async (name, work) => (name === "connections.post" ? "retry" : work());
  expect(await deliver(answer)).toEqual(["r0"]);
  world.around = (_, work) => work();
  expect(await deliver(answer)).toEqual([]);
  expect(world.posted).toEqual([{ connection: "bob-1", frame }]);
});
