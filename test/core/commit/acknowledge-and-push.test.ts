import { describe, expect, test } from "vitest";
import { DirectWriter } from "../../../functions/core/commit/direct.ts";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import type { Head } from "../../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { CommitWorld, type WorldDeps } from "../support/commit-world.ts";
import { segmentsOf } from "../support/logs.ts";
import { directConversation, NOW_MS } from "../support/planning.ts";

const signal = new AbortController().signal;
const HOUR_MS = 60 * 60 * 1000;

/** Alice and Bob, who is offline, with five entries whose events are published. */
function begun(head: Partial<Head> = {}, over: Partial<WorldDeps> = {}) {
  const events = new Set(["message.committed", "message.undelivered"] as const);
  const world = new CommitWorld({ events, ...over });
  world.put(ALICE_BOB, directConversation(5, { announcedSeq: 5, ...head }), segmentsOf([5]));
  return world;
}

/** Writes a frame directly. */
async function write(world: CommitWorld, frame = fresh(world)): Promise<void> {
  const answer = await new DirectWriter(world.deps).write(frame, signal);
  expect(answer?.type).toBe("ack");
}

/** Writes a frame directly, and dies before its pushes and events. */
async function writeAndDie(world: CommitWorld, frame = fresh(world)): Promise<PublishedFrame> {
  world.around = async (name, work) => {
    if (name === "leases.read") throw new Error("the function ended");
    return work();
  };
  await new DirectWriter(world.deps).write(frame, signal);
  world.around = (_, work) => work();
  return frame;
}

const fresh = ({ nowMs }: CommitWorld) => published({ seen: [1, 5], receivedAtMs: nowMs });

/** Seqs by type and recipients of the events published so far, in order. */
function events({ outbound }: CommitWorld): string[] {
  return outbound.flatMap((message) => {
    if (message.type === "message.committed") return [`committed ${message.entries.map(({ seq }) => seq)}`];
    if (message.type !== "message.undelivered") return [];
    return [`undelivered ${message.messages.map(({ seq }) => seq)} to ${message.users}`];
  });
}

describe("events of an entry whose writer died", () => {
  test("are published by the next writer, once", async () => {
    for (const next of ["direct", "queue"]) {
      const world = begun();
      await writeAndDie(world);
      expect(events(world)).toEqual([]);
      if (next === "direct") await write(world);
      else await world.commit([fresh(world)]);
      expect(events(world)).toEqual([
        "committed 6",
        "undelivered 6 to bob",
        "committed 7",
        "undelivered 7 to bob",
      ]);
      world.forgetCalls();
      // By then the queue is quiet.
      world.nowMs += 2_000;
      await write(world);
      expect(events(world)).toEqual(["committed 8", "undelivered 8 to bob"]);
    }
  });

  test("are published once more at most if its sender comes back", async () => {
    const world = begun();
    const frame = await writeAndDie(world);
    await write(world, { ...frame, frame: "again" });
    expect(events(world)).toEqual(["committed 6", "undelivered 6 to bob"]);
  });

  test("do not go to those who have it delivered by now", async () => {
    for (const cursor of [{ readSeq: 6 }, { deliveredSeq: 6 }]) {
      const world = begun();
      await writeAndDie(world);
      world.store.putRow("bob", { conversation: ALICE_BOB, role: "member", ranges: [[1]], ...cursor });
      await write(world);
      expect(events(world)).toEqual(["committed 6", "committed 7", "undelivered 7 to bob"]);
    }
  });

  test("are published although the batch of the next writer also has a resend of an older entry", async () => {
    const world = begun();
    const first = fresh(world);
    await write(world, first);
    await writeAndDie(world);
    world.forgetCalls();
    await world.commit([{ ...first, frame: "again" }, fresh(world)]);
    expect(events(world).filter((event) => event.startsWith("committed"))).toEqual([
      "committed 7",
      "committed 6,8",
    ]);
  });

  test("are published once although the batch of the next writer has their resend", async () => {
    const world = begun();
    const frame = await writeAndDie(world);
    await world.commit([{ ...frame, frame: "again" }, fresh(world)]);
    expect(events(world)).toEqual(["committed 6,7", "undelivered 6,7 to bob"]);
  });

  test("are not published when they are no news any more", async () => {
    const world = begun();
    await writeAndDie(world);
    world.nowMs += HOUR_MS + 1;
    await write(world);
    expect(events(world)).toEqual(["committed 7", "undelivered 7 to bob"]);
  });

  test("are nobody's business where it is unknown which were published", async () => {
    const world = begun({ announcedSeq: undefined });
    await write(world);
    expect(events(world)).toEqual(["committed 6", "undelivered 6 to bob"]);
  });
});

describe("an entry whose events are published", () => {
  test("is noted in the head by a direct writer after it has published them", async () => {
    const world = begun();
    await write(world);
    expect(world.names.slice(-2)).toEqual(["outbound.announce", "log.announced"]);
    expect(world.head(ALICE_BOB).announcedSeq).toBe(6);
  });

  test("is not announced again by an environment that remembers the conversation", async () => {
    const world = begun({}, { recent: new RecentConversations() });
    await write(world);
    await write(world);
    expect(world.names.filter((name) => name === "log.read")).toHaveLength(1);
    expect(events(world)).toEqual([
      "committed 6",
      "undelivered 6 to bob",
      "committed 7",
      "undelivered 7 to bob",
    ]);
  });

  test("costs no call where the deployment publishes none", async () => {
    const world = begun({}, { events: new Set() });
    await write(world);
    expect(world.names).not.toContain("log.announced");
  });

  test("is noted by the queue with its append, because it repeats what it has not finished", async () => {
    const world = begun();
    await world.commit([fresh(world)]);
    expect(world.head(ALICE_BOB).announcedSeq).toBe(6);
    expect(world.names).not.toContain("log.announced");
  });
});

describe("pushes", () => {
  const pushed = ({ posted }: CommitWorld) =>
    posted.map(({ connection, frame }) => `${frame.type} to ${connection}`).sort();

  test("go out for a redelivery of any age, and for a resend that is younger than an hour", async () => {
    for (const [isResend, ageMs, expected] of [
      [false, 2 * HOUR_MS, ["ack to alice-1", "entries to bob-1"]],
      [true, HOUR_MS, ["ack to alice-1", "entries to bob-1"]],
      [true, HOUR_MS + 1, ["ack to alice-1"]],
    ] as const) {
      const world = begun();
      await world.connect("bob");
      const frame = fresh(world);
      await world.commit([frame]);
      world.forgetCalls();
      world.nowMs += ageMs;
      await world.commit([isResend ? { ...frame, frame: "again" } : frame]);
      expect(pushed(world)).toEqual(expected);
    }
  });

  test("read the leases after the write, so that a device that connects meanwhile misses nothing", async () => {
    const world = begun();
    await world.commit([fresh(world)]);
    expect(world.names.indexOf("leases.read")).toBeGreaterThan(world.names.indexOf("log.update"));
  });
});

test("a back end that is refused for now is told so, and when to come again", async () => {
  const world = begun({ bucket: { tokens: 1, pace: 10, atMs: NOW_MS } });
  world.nowMs = NOW_MS;
  const ids = ["1", "2"];
  const entries = ids.map((id) => ({ id, kind: "text" as const, body: { text: "an import" } }));
  await world.commit([published({ sender: { user: "billing" }, system: true, entries })]);
  expect(world.outbound).toEqual([
    {
      type: "message.refused",
      conversation: ALICE_BOB,
      sender: "billing",
      ids,
      code: "rate_limited",
      temporary: true,
      retryAfterMs: 1_000,
    },
  ]);
});
