import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type AppendOptions,
  appendFrames,
  type CommitResult,
  farReadRate,
} from "../../../functions/core/commit/append.ts";
import { frameDigest } from "../../../functions/core/commit/dedup-window.ts";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import { groupConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { Change } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import type { PublishedEntry, PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { MemoryInvitations, MemoryLog } from "../../support/memory-ports.ts";
import { CommitWorld, type WorldDeps } from "../support/commit-world.ts";
import { DelegatingLog } from "../support/delegating-log.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";
import {
  add,
  controlFrame,
  deletion,
  directConversation,
  edit,
  frameOf,
  groupConversation,
  react,
  text,
  withHead,
  withTail,
} from "../support/planning.ts";

const signal = new AbortController().signal;
const QUEUE: AppendOptions = { source: "queue", maxAttempts: 20 };
const DIRECT: AppendOptions = { source: "direct", maxAttempts: 2 };

/** The conversation of Alice and Bob: five entries in segments, and `tail` more in its head. */
function begun(tail = 0, over: Partial<WorldDeps> = {}) {
  const world = new CommitWorld(over);
  world.put(ALICE_BOB, withTail(directConversation(5), tail), segmentsOf([5]));
  return world;
}

async function append(
  world: CommitWorld,
  frames: readonly PublishedFrame[],
  options = QUEUE,
  over: Partial<WorldDeps> = {},
): Promise<CommitResult> {
  const [conversation = ""] = frames.map((frame) => frame.conversation);
  const result = await appendFrames({ ...world.deps, ...over }, conversation, frames, options, signal);
  if (result === undefined) throw new Error("nothing was decided");
  return result;
}

const outcomes = ({ decisions }: CommitResult) => decisions.flatMap((decision) => decision.outcomes);
const seqs = (entries: readonly { readonly seq: number }[]) => entries.map(({ seq }) => seq);

/** Lets another writer be faster, in front of each of the first `times` updates. */
function overtaken(world: CommitWorld, times: number, other: () => Promise<unknown>): void {
  let left = times;
  world.around = async (name, work) => {
    if (name !== "log.update" || left === 0) return work();
    left -= 1;
    const { around } = world;
    world.around = (_, others) => others();
    await other();
    world.around = around;
    return work();
  };
}

describe("an append", () => {
  test("is one update, as long as the head is small", async () => {
    const world = begun();
    await append(world, [published()]);
    await append(world, [published()]);
    expect(world.names).toEqual(["log.read", "log.update", "log.read", "log.update"]);
  });

  test("that meets a flush puts the segment, and trims the head in the update that appends", async () => {
    const world = begun();
    for (let count = 0; count < 4; count++) await append(world, [published()]);
    expect(world.head(ALICE_BOB)).toMatchObject({ flushDue: true, tailFirst: 6, lastSeq: 9 });
    const { version } = world.head(ALICE_BOB);
    world.forgetCalls();
    await append(world, [published()]);
    expect(world.writes).toEqual(["flush", "update"]);
    expect(world.store.segment(ALICE_BOB, 6)).toMatchObject({
      entries: [{ seq: 6 }, { seq: 7 }, { seq: 8 }, { seq: 9 }],
      headVersion: version,
    });
    expect(world.head(ALICE_BOB)).toMatchObject({ tailFirst: 10, tail: [{ seq: 10 }], lastSeq: 10 });
    expect(world.head(ALICE_BOB)).not.toHaveProperty("flushDue");
  });

  test("makes the flush, and not a resend, which appends nothing", async () => {
    const world = begun(3);
    world.store.heads.set(ALICE_BOB, { ...world.head(ALICE_BOB), flushDue: true });
    const entries = [{ id: "e7", kind: "text" as const, body: { text: "hi" } }];
    await append(world, [published({ seen: [1, 5], entries })]);
    expect(world.writes).toEqual(["update"]);
    expect(world.head(ALICE_BOB)).toMatchObject({ flushDue: true, tailFirst: 6, lastSeq: 8 });
  });

  test("takes over the segment of a flush whose writer died, where that ends", async () => {
    const world = begun(4);
    const head = { ...world.head(ALICE_BOB), flushDue: true };
    world.store.heads.set(ALICE_BOB, head);
    world.store.put(ALICE_BOB, { entries: head.tail.slice(0, 3), headVersion: head.version });
    await append(world, [published()]);
    expect(world.head(ALICE_BOB)).toMatchObject({ tailFirst: 9, tail: [{ seq: 9 }, { seq: 10 }] });
    expect(seqs(world.store.entries(ALICE_BOB))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("overwrites the segment of an older head, and of a time that a restore has undone", async () => {
    for (const [epochFloor, stored] of [
      [1, "001.00000000.older"],
      [2, "001.0000zzzz.undone"],
    ] as const) {
      const world = begun(4, { epochFloor });
      const head = { ...world.head(ALICE_BOB), flushDue: true };
      world.store.heads.set(ALICE_BOB, head);
      const old = head.tail.map((entry) => ({ ...entry, body: { text: "old" } }));
      world.store.put(ALICE_BOB, { entries: old, headVersion: stored });
      // The first write of an epoch makes no flush.
      if (epochFloor > 1) await append(world, [published()]);
      const { tail, version } = world.head(ALICE_BOB);
      expect(world.writes.includes("flush")).toBe(false);
      await append(world, [published()]);
      expect(world.store.segment(ALICE_BOB, 6)).toEqual({ entries: tail, headVersion: version });
    }
  });

  test("of a writer in a new epoch does not overwrite what one of before has moved since", async () => {
    const world = begun(4);
    const head = { ...world.head(ALICE_BOB), flushDue: true };
    world.store.heads.set(ALICE_BOB, head);
    let isFirst = true;
    world.around = async (name, work) => {
      const isWrite = name === "log.flush" || name === "log.update";
      if (!isWrite || !isFirst) return work();
      isFirst = false;
      // Takes the whole tail, and the delete, into a segment.
      await append(world, [published({ entries: [{ id: "gone", kind: "delete", body: { of: 7 } }] })]);
      return work();
    };
    await append(world, [published()], QUEUE, { epochFloor: 2 });
    expect(world.changes.at(-1)?.segments?.[0]?.entries.map(({ seq }) => seq)).toEqual([6, 7, 8, 9, 10]);
    for (let count = 0; count < 20; count++) await append(world, [published()], QUEUE, { epochFloor: 2 });
    expect(seqs(world.store.entries(ALICE_BOB))).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
  });

  test("has lost its race when a newer head has put the segment", async () => {
    const world = begun(4);
    const head = { ...world.head(ALICE_BOB), flushDue: true };
    world.store.heads.set(ALICE_BOB, head);
    world.store.put(ALICE_BOB, { entries: head.tail, headVersion: "001.0000zzzz.newer" });
    let reads = 0;
    world.around = async (name, work) => {
      if (name === "log.read") reads += 1;
      // By now the winner's head can be read.
      if (name === "log.read" && reads === 2) {
        const { flushDue: _, ...rest } = head;
        const won = { ...rest, version: "001.0000zzzz.newer", tail: [], tailFirst: 10 };
        world.store.heads.set(ALICE_BOB, won);
      }
      return work();
    };
    expect(outcomes(await append(world, [published()]))).toEqual([{ seq: 10 }]);
    expect(world.names).toEqual(["log.read", "log.flush", "log.read", "log.update"]);
  });
});

test("a conversation whose worker died right after writing a message and a reaction to it goes on", async () => {
  const world = begun();
  const reaction = { id: "r", kind: "reaction" as const, body: { of: 6, key: "👍" } };
  const frame = published();
  await append(world, [{ ...frame, entries: [...frame.entries, reaction] }]);
  expect(outcomes(await append(world, [published()]))).toEqual([{ seq: 8 }]);
  expect(world.store.entries(ALICE_BOB).find(({ seq }) => seq === 6)?.reactions).toEqual({ "👍": ["alice"] });
});

test("a block that a slow worker writes late does not undo the unblock that came after it", async () => {
  const world = begun();
  const block = controlFrame("block");
  const held = Promise.withResolvers<void>();
  const writing = Promise.withResolvers<void>();
  world.around = async (name, work) => {
    if (name === "log.change") {
      writing.resolve();
      await held.promise;
    }
    return work();
  };
  const slow = append(world, [block]);
  await writing.promise;
  world.around = (_, work) => work();
  await append(world, [block]);
  await append(world, [controlFrame("unblock")]);
  held.resolve();
  await slow;
  expect(world.store.members.get(ALICE_BOB)?.get("bob")?.blocked).toBeUndefined();
});

test("first words are one transaction with the rows, and make a flush that is due like any append", async () => {
  const world = new CommitWorld();
  const view = withTail(directConversation(5), 3);
  const members = view.members.map(({ spoken: _, ...member }) => member);
  world.put(ALICE_BOB, { ...withHead(view, { flushDue: true }), members }, segmentsOf([5]));
  const { speakers } = await append(world, [published()]);
  expect(speakers).toEqual(["alice"]);
  expect(world.writes).toEqual(["flush", "change"]);
  // A late flush of another writer finds the segment that it would have put.
  expect(world.changes.at(-1)?.segments).toEqual([]);
  expect(world.store.segment(ALICE_BOB, 6)?.entries.map(({ seq }) => seq)).toEqual([6, 7, 8]);
  expect(world.head(ALICE_BOB)).toMatchObject({ tailFirst: 9, lastSeq: 9 });
  expect(world.store.row({ user: "bob", conversation: ALICE_BOB })).toMatchObject({ peerSpoken: true });
  await append(world, [published()]);
  expect(world.writes.at(-1)).toBe("update");
});

test("frames of one user that are far behind are read five times, then are stale until they pause", async () => {
  const world = new CommitWorld({ farReads: farReadRate() });
  world.put(ALICE_BOB, directConversation(25), segmentsOf([5, 5, 5, 5, 5]));
  const far = () => published({ seen: [1, 2] });
  for (let count = 0; count < 5; count++)
    expect(outcomes(await append(world, [far()]))).toMatchObject([{ seq: 26 + count }]);
  world.forgetCalls();
  expect(outcomes(await append(world, [far()]))).toEqual([{ refused: "stale" }]);
  expect(world.names.filter((name) => name === "log.readBackward")).toHaveLength(1);
  const fromBob = published({
    sender: { user: "bob", connection: "b" },
    to: { user: "alice" },
    seen: [1, 2],
  });
  expect(outcomes(await append(world, [fromBob]))).toMatchObject([{ seq: 31 }]);
  world.nowMs += 2_000;
  expect(outcomes(await append(world, [far()]))).toMatchObject([{ seq: 32 }]);
});

describe("a lost race", () => {
  test("is decided again on the head that won, without a read", async () => {
    const world = begun();
    overtaken(world, 1, () => append(world, [published()]));
    expect(outcomes(await append(world, [published()]))).toEqual([{ seq: 7 }]);
    // The other writer's read and update are the two in the middle.
    expect(world.names).toEqual(["log.read", "log.update", "log.read", "log.update", "log.update"]);
    expect(seqs(world.store.entries(ALICE_BOB))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("reads the conversation again if a member row has changed", async () => {
    const world = begun();
    overtaken(world, 1, () => append(world, [controlFrame("block")]));
    const fromBob = published({ sender: { user: "bob", connection: "b" }, to: { user: "alice" } });
    expect(outcomes(await append(world, [fromBob]))).toEqual([{ refused: "blocked" }]);
  });

  test("finds its own entries if it is only the answer that was lost", async () => {
    const world = begun();
    const frame = published({ seen: [1, 5] });
    overtaken(world, 1, () => append(world, [{ ...frame, frame: "the same from elsewhere" }]));
    const { decisions } = await append(world, [frame]);
    expect(decisions).toMatchObject([{ origin: "repeated", outcomes: [{ seq: 6 }] }]);
  });

  test("may happen twenty times to the queue, and twice to a direct writer, which decides nothing then", async () => {
    for (const [options, attempts] of [
      [QUEUE, 20],
      [DIRECT, 2],
    ] as const) {
      const run = async (lost: number) => {
        const world = begun();
        overtaken(world, lost, () => append(world, [published()]));
        const frames = [published({ seen: [1, 5], texts: ["mine"] })];
        const result = await appendFrames(world.deps, ALICE_BOB, frames, options, signal);
        const bodies = JSON.stringify(world.store.entries(ALICE_BOB));
        expect(bodies.includes("mine")).toBe(result !== undefined);
        return result;
      };
      expect(await run(attempts - 1)).toBeDefined();
      expect(await run(attempts)).toBeUndefined();
    }
  });
});

describe("a conversation that this environment has just written", () => {
  /** A world that remembers, and has written entry 6 a moment ago. */
  async function remembering() {
    const recent = new RecentConversations();
    const world = begun(0, { recent });
    await append(world, [published({ texts: ["first"] })]);
    world.forgetCalls();
    return { world, recent };
  }

  test("is appended to without a read, for two seconds", async () => {
    const { world } = await remembering();
    world.nowMs += 1_999;
    await append(world, [published({ seen: [1, 6] })]);
    expect(world.names).toEqual(["log.update"]);
    world.nowMs += 2_000;
    await append(world, [published({ seen: [1, 7] })]);
    expect(world.names).toEqual(["log.update", "log.read", "log.update"]);
  });

  test("is read before anything is refused, because what others wrote may allow it", async () => {
    const { world } = await remembering();
    // Entry 7 is another environment's.
    await append(world, [published()], QUEUE, { recent: new RecentConversations() });
    world.forgetCalls();
    const reaction = { id: "r", kind: "reaction" as const, body: { of: 7, key: "👍" } };
    expect(outcomes(await append(world, [published({ seen: [1, 7], entries: [reaction] })]))).toEqual([
      { seq: 8 },
    ]);
    expect(world.names).toEqual(["log.read", "log.update"]);
  });

  test("is read before a frame is refused in part", async () => {
    const { world } = await remembering();
    const missing = { id: "r", kind: "reaction" as const, body: { of: 99, key: "👍" } };
    await append(world, [published({ seen: [1, 6], entries: [...published().entries, missing] })]);
    expect(world.names).toEqual(["log.read", "log.update"]);
  });

  test("is read before a repeat is answered, also if the rest of the batch is new", async () => {
    const { world } = await remembering();
    const first = world.store.entries(ALICE_BOB).at(-1);
    const repeat = published({
      seen: [1, 5],
      entries: [{ id: first?.id ?? "", kind: "text", body: { text: "" } }],
    });
    const { decisions } = await append(world, [published(), repeat]);
    expect(decisions.map(({ origin }) => origin)).toEqual(["appended", "repeated"]);
    expect(world.names).toEqual(["log.read", "log.update"]);
  });

  test("is read after a race was lost, or too many", async () => {
    for (const maxAttempts of [1, 20]) {
      const { world, recent } = await remembering();
      overtaken(world, 1, () => append(world, [published()], QUEUE, { recent: new RecentConversations() }));
      const options = { ...QUEUE, maxAttempts };
      await appendFrames(world.deps, ALICE_BOB, [published()], options, signal);
      // Only the winner of the last race is remembered.
      const lastSeq = maxAttempts === 1 ? undefined : 8;
      expect(recent.get(ALICE_BOB, world.nowMs)?.head.lastSeq).toBe(lastSeq);
    }
  });

  test("is read after it was left to another writer", async () => {
    const { world, recent } = await remembering();
    await appendFrames(world.deps, ALICE_BOB, [published()], { ...DIRECT, declines: () => true }, signal);
    expect(recent.get(ALICE_BOB, world.nowMs)).toBeUndefined();
  });

  test("is read after a race was lost, although nothing came of it", async () => {
    const { world, recent } = await remembering();
    overtaken(world, 1, async () => {
      await append(world, [controlFrame("block")], QUEUE, { recent: new RecentConversations() });
      world.store.heads.clear();
    });
    // The conversation is gone, so its frame is refused.
    await append(world, [published({ to: undefined })]);
    expect(recent.get(ALICE_BOB, world.nowMs)).toBeUndefined();
  });

  test("is not remembered if only some of its members were read", async () => {
    const world = begun(0, { recent: new RecentConversations() });
    const log = world.watched("log", new MemoryLog(world.store, undefined, undefined, 1));
    for (const _ of [1, 2]) await append(world, [published()], QUEUE, { log });
    expect(world.names).toEqual(["log.read", "log.update", "log.read", "log.update"]);
  });

  test("knows the entries before its head, so that an edit of one is one transaction", async () => {
    const { world } = await remembering();
    const body = { of: 2, text: "edited" };
    await append(world, [published({ seen: [1, 6], entries: [{ id: "e", kind: "edit", body }] })]);
    expect(world.writes).toEqual(["change"]);
    expect(world.store.entries(ALICE_BOB)[1]?.body).toEqual({ text: "edited" });
  });
});

describe("whatever a batch holds", () => {
  const LAST_SEQ = 30;
  const members = Array.from({ length: 20 }, (_, index) => `m${index}`);
  const rename = { kind: "rename", body: { title: "T" } } as const;
  const seq = fc.integer({ min: 1, max: LAST_SEQ + 60 });
  const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 15_000 }));
  const content = fc.oneof(
    size.map((length) => text("t".repeat(length))),
    fc.tuple(seq, size).map(([of, length]) => edit(of, "e".repeat(length))),
    seq.map(deletion),
    seq.map((of) => react(of, "👍")),
  );
  const contents = fc
    .array(content, { minLength: 1, maxLength: 25 })
    .filter((entries) => utf8Bytes(JSON.stringify(entries)) < 30_000);
  const newcomers = fc.nat(39).map((count) => [add(Array.from({ length: count + 1 }, (_, i) => `n${i}`))]);
  const removal = fc
    .uniqueArray(fc.nat(19), { minLength: 1, maxLength: 20 })
    .map((some) => [{ kind: "member.remove", body: { users: some.map((index) => `m${index}`) } } as const]);
  const frame = fc.oneof({ weight: 6, arbitrary: contents }, newcomers, removal, fc.constant([rename]));
  const batch = fc.array(frame, { minLength: 1, maxLength: 10 });

  test("each of its writes fits into a transaction and its segments into items, and together they are the log", async () => {
    await fc.assert(
      fc.asyncProperty(batch, fc.nat(10), fc.boolean(), async (all, tail, flushDue) => {
        const world = new CommitWorld();
        const log = segmentsOf([5, 5, 5, 5, 5, 5]);
        const group = withTail(groupConversation(LAST_SEQ, members), tail);
        world.put(CONVERSATION, withHead(group, flushDue && tail > 0 ? { flushDue } : {}), log);
        const frames = all.map((entries) => frameOf(...entries));
        const { decisions } = await append(world, frames);
        for (const change of world.changes) expectToFit(change);
        for (const head of world.heads) {
          expect(seqs(head.tail)).toEqual(head.tail.map((_, index) => head.tailFirst + index));
          expect(head.tailFirst + head.tail.length).toBe(head.lastSeq + 1);
          expect(utf8Bytes(JSON.stringify(head.tail))).toBeLessThanOrEqual(8 * 1024);
        }
        const entries = world.store.entries(CONVERSATION);
        expect(seqs(entries)).toEqual(entries.map((_, index) => index + 1));
        const appended = decisions.flatMap((decision) => decision.outcomes.filter((one) => "seq" in one));
        expect(entries).toHaveLength(LAST_SEQ + tail + appended.length);
      }),
      { numRuns: 200 },
    );
  });

  /** DynamoDB: 100 actions and 400 KB an item; an item has attributes besides its entries. */
  function expectToFit({ segments, members: rows }: Change): void {
    expect(1 + segments.length + 2 * rows.length).toBeLessThanOrEqual(100);
    for (const { entries } of segments) {
      expect(utf8Bytes(JSON.stringify(entries))).toBeLessThan(390 * 1024);
    }
  }

  test("ten full frames fit into one transaction with the creation of the largest group", async () => {
    const world = new CommitWorld();
    const create = published({ entries: [], to: undefined });
    const conversation = groupConversationId("alice", "create");
    const created: PublishedEntry = {
      id: "create",
      kind: "create",
      body: { members: Array.from({ length: LIMITS.usersPerEntry }, (_, index) => `m${index}`) },
    };
    const full = () => published({ texts: Array(25).fill("x"), conversation, to: undefined });
    const frames = [{ ...create, conversation, entries: [created] }, ...Array.from({ length: 9 }, full)];
    await append(world, frames);
    expect(world.writes).toEqual(["change"]);
    const [change] = world.changes;
    expect(change?.members).toHaveLength(41);
    if (change !== undefined) expectToFit(change);
  });

  test("ten full frames fit into one transaction with a full head and as many rows as they may change", async () => {
    const world = new CommitWorld();
    // The shortest entries that fill a head.
    const group = withTail(groupConversation(30, members), 100, () => ({
      id: "i",
      sender: "a",
      sentAtMs: 1,
    }));
    expect(utf8Bytes(JSON.stringify(group.head.tail))).toBeGreaterThan(7 * 1024);
    world.put(CONVERSATION, group, segmentsOf([30]));
    const full = () => frameOf(...Array.from({ length: 25 }, () => text("x")));
    const users = Array.from({ length: LIMITS.usersPerEntry }, (_, index) => `n${index}`);
    const frames = [frameOf(add(users)), ...Array.from({ length: 8 }, full), frameOf(add(["last"]))];
    await append(world, frames);
    const [change] = world.changes;
    expect(change?.members).toHaveLength(41);
    expect(change?.segments.length).toBeGreaterThanOrEqual(12);
    if (change !== undefined) expectToFit(change);
  });

  test("a text and a body of the largest size are written and found again", async () => {
    const world = begun(2);
    const body = "x".repeat(LIMITS.bodyBytes - 2);
    const entries = [
      published({ texts: ["x".repeat(LIMITS.textBytes)] }),
      published({ entries: [{ id: "blob", kind: "x.blob", body }] }),
    ];
    for (const one of entries) await append(world, [one]);
    const last = world.store.entries(ALICE_BOB).slice(-2);
    expect(last.map((entry) => entry.body)).toEqual(entries.map((one) => one.entries[0]?.body));
    expect(world.head(ALICE_BOB).tail).toEqual([]);
  });
});

test("outcomes that no write has recorded are recorded by the next one, in front of its own", async () => {
  const world = begun();
  const { head, members } = directConversation(5);
  const blocked = members.map((member) => (member.user === "bob" ? { ...member, blocked: true } : member));
  world.put(ALICE_BOB, { head, members: blocked, complete: true });
  const fromBob = { sender: { user: "bob", connection: "b" }, to: { user: "alice" } };
  const large = () => published({ ...fromBob, texts: Array(2).fill("x".repeat(15_000)) });
  // More than one write takes, so the first plan ends with nothing to write.
  const frames = [...Array.from({ length: 9 }, large), published()];
  await append(world, frames);
  expect(world.writes).toEqual(["update"]);
  const refused = [{ refused: "blocked" }, { refused: "blocked" }];
  expect(world.head(ALICE_BOB).decided).toEqual(
    frames.map(({ frame }, index) => ({
      frame: frameDigest(frame),
      outcomes: index < 9 ? refused : [{ seq: 6 }],
    })),
  );
});

test("entries that were read to decide are known to those who answer and push", async () => {
  const world = begun();
  const repeat = published({ seen: [1, 2], entries: [{ id: "e3", kind: "text", body: { text: "hi" } }] });
  const { entries } = await append(world, [repeat, published({ seen: [1, 5] })]);
  expect([3, 6].map((seq) => entries?.get(seq)?.seq)).toEqual([3, 6]);
});

describe("invitations", () => {
  const LEFT = 3;

  /** A world in which Alice has this many invitations left. */
  async function nearlySpent(over: Partial<WorldDeps> = {}) {
    const invitations = new MemoryInvitations();
    const world = new CommitWorld({ invitations, ...over });
    const spent = { key: "spent", count: LIMITS.invitationBurst - LEFT };
    await invitations.take("alice", spent, world.deps.now());
    return world;
  }
  const created = (id: string, members: string[], over: Partial<PublishedFrame> = {}) =>
    published({
      conversation: groupConversationId("alice", id),
      to: undefined,
      entries: [{ id, kind: "create", body: { members } }],
      ...over,
    });

  test("a group takes one, and one for each stranger; then there are none", async () => {
    const world = await nearlySpent();
    expect(outcomes(await append(world, [created("g1", ["carol", "dave"])]))).toEqual([{ seq: 1 }]);
    const { decisions, view } = await append(world, [created("g2", [])]);
    expect(decisions).toMatchObject([{ outcomes: [{ refused: "rate_limited" }], retryAfterMs: 60_000 }]);
    expect(view).toBeUndefined();
  });

  test("a redelivery and a resend of what has taken invitations are not refused", async () => {
    const world = await nearlySpent();
    const frame = created("g1", ["carol", "dave"]);
    class FailingLog extends DelegatingLog {
      override change(): Promise<never> {
        return Promise.reject(new Error("the write fails"));
      }
    }
    // The first attempt has taken the invitations by then.
    const log = new FailingLog(world.deps.log);
    await expect(append(world, [frame], QUEUE, { log })).rejects.toThrow("the write fails");
    expect(outcomes(await append(world, [frame]))).toEqual([{ seq: 1 }]);
    expect(outcomes(await append(world, [frame]))).toEqual([{ seq: 1 }]);
    expect(outcomes(await append(world, [created("g1", ["carol", "dave"], { frame: "resent" })]))).toEqual([
      { seq: 1 },
    ]);
  });

  test("whoever has written to the user is no stranger, and takes none; the user's own words make nobody known", async () => {
    const withRow = async (row: Partial<InboxRow>) => {
      const world = await nearlySpent();
      world.put(ALICE_BOB, withTail(directConversation(5), 0), segmentsOf([5]));
      const common = { conversation: ALICE_BOB, peer: "bob", role: "member", ranges: [[1]] } as const;
      world.store.putRow("alice", { ...common, ...row });
      return world;
    };
    const oneSided = await withRow({ spoken: true });
    const refused = [{ refused: "rate_limited" }];
    expect(outcomes(await append(oneSided, [created("g1", ["bob", "carol", "dave"])]))).toEqual(refused);
    const world = await withRow({ peerSpoken: true });
    expect(outcomes(await append(world, [created("g1", ["bob", "carol"])]))).toEqual([{ seq: 1 }]);
    expect(outcomes(await append(world, [created("g2", ["bob"])]))).toEqual([{ seq: 1 }]);
    expect(outcomes(await append(world, [created("g3", ["bob"])]))).toEqual([{ refused: "rate_limited" }]);
  });

  test("a message takes one if it begins a conversation, and none after that", async () => {
    const world = await nearlySpent();
    for (let message = 0; message < 2 * LEFT; message++) {
      expect(outcomes(await append(world, [published()]))).toEqual([{ seq: message + 1 }]);
    }
    expect(outcomes(await append(world, [created("g1", ["carol"])]))).toEqual([{ seq: 1 }]);
  });

  test("a back end has no limit", async () => {
    const world = await nearlySpent();
    const frame = created("g1", ["b", "c", "d", "e", "f"], { system: true });
    expect(outcomes(await append(world, [frame]))).toEqual([{ seq: 1 }]);
  });
});
