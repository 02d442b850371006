import { afterEach, describe, expect, test, vi } from "vitest";
import { DirectWriter } from "../../../functions/core/commit/direct.ts";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { Head } from "../../../functions/ports/conversation-log.ts";
import type { PublishedEntry, PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { MemoryLog } from "../../support/memory-ports.ts";
import { CommitWorld, type WorldDeps } from "../support/commit-world.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";
import {
  add,
  controlFrame,
  directConversation,
  frameOf,
  groupConversation,
  text,
  withTail,
} from "../support/planning.ts";

const signal = new AbortController().signal;
const APPEND_BUDGET_MS = 1_500;
const PUSH_BUDGET_MS = 100;
const MINUTE_MS = 60_000;

class Unavailable extends Error {}

afterEach(() => {
  vi.restoreAllMocks();
});

/** Alice and Bob with five entries; Alice sends from one of her two connections, Bob has one. */
async function begun(head: Partial<Head> = {}, over: Partial<WorldDeps> = {}) {
  const world = new CommitWorld({ recent: new RecentConversations(), ...over });
  world.put(ALICE_BOB, directConversation(5, head), segmentsOf([5]));
  for (const connection of ["alice-1", "alice-2"]) await world.connect("alice", connection);
  await world.connect("bob");
  const writer = new DirectWriter(world.deps);
  return { world, write: (frame: PublishedFrame) => writer.write(frame, signal) };
}

const fresh = (over: Parameters<typeof published>[0] = {}) => published({ seen: [1, 5], ...over });
const pushed = ({ posted }: CommitWorld) =>
  posted.map(({ connection, frame }) => `${frame.type} to ${connection}`);

/** Lets the test say when a time budget is spent. */
function controlledBudgets() {
  const controllers = new Map<number, AbortController>();
  const controller = (ms: number) => {
    const known = controllers.get(ms) ?? new AbortController();
    controllers.set(ms, known);
    return known;
  };
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => controller(ms).signal);
  return { spend: (ms: number) => controller(ms).abort() };
}

/** Waits like a port that gets no answer, and fails when the signal aborts. */
function hanging(until: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Unavailable());
    if (until.aborted) fail();
    else until.addEventListener("abort", fail);
  });
}

describe("a frame of content", () => {
  test("is appended, pushed, and then answered", async () => {
    const { world, write } = await begun();
    const frame = fresh();
    const answer = await write(frame);
    expect(answer).toMatchObject({ type: "ack", entries: [{ id: frame.entries[0]?.id, seq: 6 }] });
    expect(world.names).toEqual([
      "log.read",
      "log.update",
      "leases.read",
      "connections.post",
      "connections.post",
    ]);
    expect(pushed(world)).toEqual(["entries to alice-2", "entries to bob-1"]);
    expect(world.outbound).toEqual([]);
  });

  test.each(["connections.post", "outbound.announce", "log.announced"])(
    "is not answered before the last call of %s is done",
    async (last) => {
      const { world, write } = await begun({}, { events: new Set(["message.committed"]) });
      const calling = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      world.around = async (name, work) => {
        if (name !== last) return work();
        calling.resolve();
        await held.promise;
        return work();
      };
      let isAnswered = false;
      const answer = write(fresh()).finally(() => {
        isAnswered = true;
      });
      await calling.promise;
      await new Promise((resolve) => setImmediate(resolve));
      expect(isAnswered).toBe(false);
      held.resolve();
      expect((await answer)?.type).toBe("ack");
    },
  );

  test("saves the read if this environment wrote the conversation a moment ago", async () => {
    const { world, write } = await begun();
    await write(fresh());
    world.forgetCalls();
    await write(fresh());
    expect(world.names.slice(0, 2)).toEqual(["log.update", "leases.read"]);
  });

  test("that is refused is rejected without a write or a push, and counted", async () => {
    const { world, write } = await begun();
    const entries: PublishedEntry[] = [{ id: "e", kind: "edit", body: { of: 99, text: "x" } }];
    expect(await write(fresh({ entries }))).toMatchObject({
      type: "reject",
      ids: ["e"],
      error: { code: "not_found" },
    });
    expect(world.names).toEqual(["log.read"]);
    expect(world.metrics.counts).toEqual({ "Rejected not_found": 1 });
  });

  test("that is refused in part is answered by its ack, and the rejects are posted", async () => {
    const { world, write } = await begun();
    const { entries } = fresh();
    const lost: PublishedEntry = { id: "lost", kind: "edit", body: { of: 99, text: "x" } };
    expect(await write(fresh({ entries: [...entries, lost] }))).toMatchObject({
      type: "ack",
      entries: [{ seq: 6 }],
    });
    expect(world.posted.at(-1)).toMatchObject({
      connection: "alice-1",
      frame: { type: "reject", ids: ["lost"], error: { code: "not_found" } },
    });
    expect(world.metrics.counts).toMatchObject({ "Rejected not_found": 1 });
  });

  test("that is refused in part leaves rejects that cannot be posted to `deliver`", async () => {
    const { world, write } = await begun();
    world.around = async (name, work) => (name === "connections.post" ? "retry" : work());
    const lost: PublishedEntry = { id: "lost", kind: "edit", body: { of: 99, text: "x" } };
    expect((await write(fresh({ entries: [...fresh().entries, lost] })))?.type).toBe("ack");
    expect(world.outbound.at(-1)).toMatchObject({
      type: "deliver.answer",
      target: { user: "alice", connection: "alice-1" },
      frame: { type: "reject", ids: ["lost"] },
    });
  });
});

describe("what is left to the queue", () => {
  const rename = { kind: "rename", body: { title: "T" } } as const;

  test.each<[string, PublishedFrame]>([
    ["a frame that does not say what its sender has seen", published()],
    ["a block", controlFrame("block", { seen: [1, 5] })],
    ["a change of the conversation", { ...frameOf(rename), seen: [1, 5] }],
    ["new members", { ...frameOf(add(["dave"])), seen: [1, 5] }],
    ["a back end's frame", fresh({ system: true })],
  ])("%s, without looking", async (_, frame) => {
    const { world, write } = await begun();
    world.put(CONVERSATION, groupConversation(5, ["bob"]), segmentsOf([5]));
    expect(await write(frame)).toBeUndefined();
    expect(world.names).toEqual([]);
  });

  test.each<[string, Partial<Head>]>([
    ["that has no entry yet", { lastSeq: 0, tailFirst: 1 }],
    ["that the queue has just written", { queuedUntilMs: 1_000_001 }],
    ["that the queue has just written, by a clock a little ahead", { queuedUntilMs: 1_007_000 }],
    ["that grows by more than ten writes a second", { bucket: { tokens: 99, pace: 0.9, atMs: 1_000_000 } }],
    ["of more than 32 members", { memberCount: LIMITS.chattyMembers + 1 }],
  ])("a conversation %s", async (_, head) => {
    const { world, write } = await begun(head);
    expect(await write(fresh({ seen: 0 }))).toBeUndefined();
    expect(world.names).toEqual(["log.read"]);
  });

  test("no conversation because of a batch that a wrong clock wrote an hour ahead", async () => {
    const { write } = await begun({ queuedUntilMs: 1_000_000 + 60 * MINUTE_MS });
    expect((await write(fresh()))?.type).toBe("ack");
  });

  test("a conversation that does not exist, until it does", async () => {
    const { world, write } = await begun();
    world.store.heads.clear();
    expect(await write(fresh())).toBeUndefined();
    expect(world.names).toEqual(["log.read"]);
    world.put(ALICE_BOB, directConversation(5));
    expect((await write(fresh()))?.type).toBe("ack");
  });

  test("a conversation of which not all members were read", async () => {
    const { world } = await begun();
    const log = world.watched("log", new MemoryLog(world.store, undefined, undefined, 1));
    expect(await new DirectWriter({ ...world.deps, log }).write(fresh(), signal)).toBeUndefined();
    expect(world.writes).toEqual([]);
  });

  test.each<[string, Partial<Head>, number]>([
    ["large, for a minute", { memberCount: LIMITS.chattyMembers + 1 }, MINUTE_MS],
    ["in the queue, for as long as its head says", { queuedUntilMs: 1_000_500 }, 500],
    ["fast, for a second", { bucket: { tokens: 100, pace: 0, atMs: 1_000_000 } }, 1_000],
  ])("a conversation that was found %s, without a read", async (_, head, rememberedMs) => {
    const { world, write } = await begun(head);
    await write(fresh());
    world.put(ALICE_BOB, directConversation(5));
    world.forgetCalls();
    world.nowMs += rememberedMs - 1;
    expect(await write(fresh())).toBeUndefined();
    expect(world.names).toEqual([]);
    world.nowMs += 1;
    expect((await write(fresh()))?.type).toBe("ack");
  });

  test("a burst from its eleventh frame on", async () => {
    const { world, write } = await begun();
    const types: (string | undefined)[] = [];
    for (let count = 0; count < 12; count++) types.push((await write(fresh()))?.type);
    expect(types).toEqual([...Array(10).fill("ack"), undefined, undefined]);
    expect(world.head(ALICE_BOB).lastSeq).toBe(15);
  });

  test("a frame that lost two races, of which nothing is left behind", async () => {
    const { world, write } = await begun();
    world.around = async (name, work) => {
      if (name === "log.update") {
        const head = world.head(ALICE_BOB);
        world.store.heads.set(ALICE_BOB, { ...head, version: `${head.version}+` });
      }
      return work();
    };
    expect(await write(fresh())).toBeUndefined();
    expect(world.writes).toEqual(["update", "update"]);
    expect(world.posted).toEqual([]);
    expect(world.head(ALICE_BOB).lastSeq).toBe(5);
  });
});

describe("a call that fails leaves the frame to the queue", () => {
  /** A conversation with a flush to make, and with events to publish. */
  async function withEveryCall() {
    const at = await begun({}, { events: new Set(["message.committed", "message.undelivered"]) });
    const view = withTail(directConversation(5), 3);
    const head = { ...view.head, flushDue: true, announcedSeq: 7, updatedAtMs: 999_000 };
    const tail = head.tail.map((entry) => ({ ...entry, sentAtMs: 999_000 }));
    at.world.put(ALICE_BOB, { ...view, head: { ...head, tail } }, segmentsOf([5]));
    at.world.store.leases.delete("bob");
    return at;
  }

  const CALLS = [
    "log.read",
    "log.readBackward",
    "log.flush",
    "log.update",
    "leases.read",
    "inbox.rows",
    "outbound.announce",
  ];

  test("these are the calls that there are", async () => {
    const { world, write } = await withEveryCall();
    expect((await write(fresh({ seen: [1, 3] })))?.type).toBe("ack");
    const calls = new Set(world.names);
    expect([...calls].sort()).toEqual([...CALLS, "connections.post", "log.announced"].sort());
  });

  test.each(CALLS)("%s", async (failing) => {
    for (const isDone of [false, true]) {
      const { world, write } = await withEveryCall();
      world.around = async (name, work) => {
        if (name === failing && isDone) await work();
        if (name === failing) throw new Unavailable();
        return work();
      };
      expect(await write(fresh({ seen: [1, 3] }))).toBeUndefined();
      // Nothing that may be wrong is remembered.
      world.around = (_, work) => work();
      world.forgetCalls();
      await write(fresh({ seen: [1, 8] }));
      expect(world.names[0]).toBe("log.read");
    }
  });

  test("unless it only notes that the events are published: the next writer publishes them again", async () => {
    const { world, write } = await withEveryCall();
    world.around = async (name, work) => {
      if (name === "log.announced") throw new Unavailable();
      return work();
    };
    expect((await write(fresh({ seen: [1, 3] })))?.type).toBe("ack");
  });
});

describe("time", () => {
  test("an append that takes longer than its budget is left to the queue", async () => {
    const budgets = controlledBudgets();
    const { world, write } = await begun();
    const updating = Promise.withResolvers<void>();
    world.around = (name, work, until) => {
      if (name !== "log.update") return work();
      updating.resolve();
      return hanging(until);
    };
    const answer = write(fresh());
    await updating.promise;
    budgets.spend(APPEND_BUDGET_MS);
    expect(await answer).toBeUndefined();
  });

  test("pushes that take longer than theirs go to the outbound topic before the answer", async () => {
    const budgets = controlledBudgets();
    const { world, write } = await begun();
    world.around = async (name, work, until): Promise<unknown> => {
      if (name !== "connections.post" || world.names.filter((one) => one === name).length === 1)
        return work();
      budgets.spend(PUSH_BUDGET_MS);
      return hanging(until).catch((): PostOutcome => "retry");
    };
    expect((await write(fresh()))?.type).toBe("ack");
    expect(pushed(world)).toEqual(["entries to alice-2"]);
    expect(world.outbound).toMatchObject([
      { type: "deliver.entries", targets: [{ user: "bob", connection: "bob-1" }], seqs: [6] },
    ]);
  });

  test("pushes that can be neither made nor queued leave the frame to the queue", async () => {
    const { world, write } = await begun();
    world.around = async (name, work) => {
      if (name === "connections.post") return "retry";
      if (name === "outbound.publish") throw new Unavailable();
      return work();
    };
    const frame = fresh();
    expect(await write(frame)).toBeUndefined();
    // The queue finds the entries and finishes what is missing.
    world.around = (_, work) => work();
    world.forgetCalls();
    expect(await world.commit([frame])).toEqual([]);
    expect(pushed(world).sort()).toEqual(["ack to alice-1", "entries to alice-2", "entries to bob-1"]);
    expect(world.head(ALICE_BOB).lastSeq).toBe(6);
  });
});

describe("a resend", () => {
  test("is answered as before and pushed again, because its first writer may have died", async () => {
    const { world, write } = await begun();
    const frame = fresh();
    world.around = async (name, work) => {
      if (name === "leases.read") throw new Unavailable();
      return work();
    };
    expect(await write(frame)).toBeUndefined();
    world.around = (_, work) => work();
    expect(await write({ ...frame, frame: "again" })).toMatchObject({ type: "ack", entries: [{ seq: 6 }] });
    expect(pushed(world)).toEqual(["entries to alice-2", "entries to bob-1"]);
    expect(world.head(ALICE_BOB).lastSeq).toBe(6);
  });

  test("is pushed again also if the rest of its frame is refused", async () => {
    const { world, write } = await begun();
    const lost: PublishedEntry = { id: "lost", kind: "edit", body: { of: 99, text: "x" } };
    const frame = fresh({ entries: [...fresh().entries, lost] });
    await write(frame);
    world.forgetCalls();
    await write({ ...frame, frame: "again" });
    expect(pushed(world)).toEqual(["entries to alice-2", "entries to bob-1", "reject to alice-1"]);
  });

  test("of an entry that is an hour old is answered only", async () => {
    const { world, write } = await begun();
    const frame = fresh({ receivedAtMs: world.nowMs });
    await write(frame);
    for (const [passedMs, pushes] of [
      [60 * MINUTE_MS, 2],
      [1, 0],
    ] as const) {
      world.forgetCalls();
      world.nowMs += passedMs;
      expect((await write({ ...frame, frame: `after ${passedMs}` }))?.type).toBe("ack");
      expect(world.posted).toHaveLength(pushes);
    }
  });

  test("is refused when the conversation takes no more", async () => {
    const { world, write } = await begun();
    const frame = fresh();
    await write(frame);
    const head = world.head(ALICE_BOB);
    world.store.heads.set(ALICE_BOB, { ...head, bucket: { tokens: 0, pace: 5, atMs: world.nowMs } });
    world.nowMs += 2;
    // Another environment: this one would try with the head that it remembers.
    const other = new DirectWriter({ ...world.deps, recent: new RecentConversations() });
    const answer = await other.write({ ...frame, frame: "again" }, signal);
    expect(answer).toMatchObject({
      type: "reject",
      error: { code: "rate_limited", retryAfterMs: expect.any(Number) },
    });
  });
});

test("a conversation of 32 members is written directly as soon as it has become quiet", async () => {
  const bucket = { tokens: 99, pace: 0.9, atMs: 1_000_000 - 10 };
  const { write } = await begun({ memberCount: LIMITS.chattyMembers, queuedUntilMs: 1_000_000, bucket });
  expect((await write(fresh()))?.type).toBe("ack");
});

test("a group is written directly, too", async () => {
  const { world, write } = await begun();
  world.put(CONVERSATION, groupConversation(5, ["bob", "carol"]), segmentsOf([5]));
  await world.connect("carol");
  expect((await write({ ...frameOf(text("hi")), seen: [1, 5] }))?.type).toBe("ack");
  expect(pushed(world).sort()).toEqual(["entries to alice-2", "entries to bob-1", "entries to carol-1"]);
});
