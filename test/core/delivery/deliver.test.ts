import { describe, expect, test } from "vitest";
import { type DeliverDeps, deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import type { SeqRange } from "../../../functions/ports/conversation-log.ts";
import type { Delivery, EntriesDelivery, ShardDelivery } from "../../../functions/ports/topics.ts";
import type { Entry } from "../../../protocol/index.ts";
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
const entriesLeft = (...seqs: number[]): EntriesDelivery => ({
  type: "deliver.entries",
  targets: [target],
  conversation: CONVERSATION,
  epoch: 1,
  seqs,
});
const entries = (...seqs: number[]): Delivery => entriesLeft(...seqs);
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

describe("entries left for a user whose membership has changed since", () => {
  /** Bob's ranges now, in his member row and in his inbox row. */
  const setRanges = ({ store }: CommitWorld, ...ranges: SeqRange[]) => {
    store.admit(CONVERSATION, { user: "bob", role: "member", ranges });
  };
  const setTail = (world: CommitWorld, change: (entry: Entry) => Partial<Entry>) => {
    const head = world.head(CONVERSATION);
    const tail = head.tail.map((entry) => ({ ...entry, ...change(entry) }));
    world.store.heads.set(CONVERSATION, { ...head, tail });
  };
  const isEdit: Partial<Entry> = { kind: "edit", body: { of: 2, text: "secret" } };

  describe.each([
    ["a connection", entries],
    ["a shard", shard],
  ])("and that %s lacks", (_, delivery) => {
    test("are not pushed beyond their removal", async () => {
      const { world, deliver } = await setUp();
      setRanges(world, [1, 7]);
      expect(await deliver(delivery(6, 7, 8))).toEqual([]);
      expect(received(world)).toEqual([6, 7]);
    });

    test("come without the text of an edit of an entry from before they joined", async () => {
      const { world, deliver } = await setUp();
      setRanges(world, [7]);
      setTail(world, ({ seq }) => (seq === 7 ? isEdit : {}));
      await deliver(delivery(7));
      expect(received(world)).toEqual([7]);
      expect(JSON.stringify(world.posted)).not.toContain("secret");
    });

    test("come without texts and reactions from after their removal", async () => {
      const { world, deliver } = await setUp();
      setRanges(world, [1, 7]);
      setTail(world, ({ seq }) =>
        seq === 7 ? { body: { text: "secret" }, editSeq: 8, reactions: { "+": ["secret"] } } : {},
      );
      await deliver(delivery(7));
      expect(received(world)).toEqual([7]);
      expect(JSON.stringify(world.posted)).not.toContain("secret");
    });

    test("come as their ranges allow that are read after the entries", async () => {
      const { world, deliver } = await setUp();
      const removed = async (name: string, work: () => Promise<unknown>) => {
        const result = await work();
        if (name !== "inbox.heads") return result;
        // The head has been read: nothing of what follows may be shown, but it may be read.
        setRanges(world, [1, 6]);
        return result;
      };
      world.around = removed;
      await deliver(delivery(6, 7));
      expect(received(world)).toEqual([6]);
    });
  });

  test("are preceded by a `joined` that is made when it is pushed", async () => {
    const { world, deliver } = await setUp();
    world.store.heads.set(CONVERSATION, { ...world.head(CONVERSATION), title: "Salaries" });
    const joined: Delivery = { ...entriesLeft(7), joined: true };
    await deliver(joined);
    setRanges(world, [1, 7]);
    await deliver(joined);
    expect(world.posted.map(({ frame }) => frame)).toMatchObject([
      { type: "joined", title: "Salaries", first: 1, lastSeq: 8 },
      { type: "entries" },
      { type: "joined", first: 1, lastSeq: 7 },
      { type: "entries" },
    ]);
    expect(world.posted[2]?.frame).not.toHaveProperty("title");
  });

  test("bring no `joined` to a user who has no row", async () => {
    const { world, deliver } = await setUp();
    world.store.inbox.clear();
    expect(await deliver({ ...entriesLeft(7), joined: true })).toEqual([]);
    expect(world.posted).toEqual([]);
  });
});

test("deliveries of earlier deployments are made as those of this one", async () => {
  const { world, deliver } = await setUp();
  const { targets: _, ...rest } = entriesLeft(7);
  const joined = {
    type: "joined",
    conversation: CONVERSATION,
    kind: "group",
    first: 1,
    epoch: 1,
    lastSeq: 1,
  };
  expect(
    await deliver(
      JSON.stringify({ ...rest, target }),
      JSON.stringify({ type: "deliver.answer", target, frame: { ...joined, title: "Long gone" } }),
    ),
  ).toEqual([]);
  expect(world.posted.map(({ frame }) => frame.type).sort()).toEqual(["entries", "joined"]);
  expect(JSON.stringify(world.posted)).not.toContain("Long gone");
});

describe("entries left for several connections", () => {
  const connections = ["bob-1", "bob-2", "bob-3"];
  const several: Delivery = {
    ...entriesLeft(7, 8),
    targets: connections.map((connection) => ({ user: "bob", connection })),
  };

  test("are read once for all records of a batch", async () => {
    const { world, deliver } = await setUp();
    const { membersVersion } = world.head(CONVERSATION);
    const ofShard = shard(3, 4) as ShardDelivery;
    await deliver(several, entriesLeft(4, 7), entriesLeft(4, 8), {
      ...ofShard,
      head: { ...ofShard.head, membersVersion },
    });
    // That of the shard has to be as new as its members.
    expect(world.names.filter((name) => name === "inbox.heads")).toHaveLength(2);
    expect(world.names.filter((name) => name === "log.readForward")).toHaveLength(1);
  });

  test("become a record for each connection that was not reached, if others were", async () => {
    const { world, deliver } = await setUp();
    world.around = async (name, work) => {
      const connection = world.calls.at(-1)?.args[0];
      return name === "connections.post" && connection === "bob-2" ? "retry" : work();
    };
    expect(await deliver(several)).toEqual([]);
    expect(world.outbound).toMatchObject([{ ...several, targets: [{ user: "bob", connection: "bob-2" }] }]);
    expect(world.posted.map(({ connection }) => connection).sort()).toEqual(["bob-1", "bob-3"]);
  });

  test("come back as they are if nobody was reached, so that nothing is read for each of them", async () => {
    const { world, deliver } = await setUp();
    world.around = async (name, work) => (name === "connections.post" ? "retry" : work());
    expect(await deliver(several)).toEqual(["r0"]);
    expect(world.outbound).toEqual([]);
  });
});
