import { describe, expect, test } from "vitest";
import { EntryCache } from "../../../functions/core/log/entry-cache.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { headOf, published } from "../../support/frames.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { CONVERSATION, segmentsOf, textEntry } from "../support/logs.ts";

const signal = new AbortController().signal;

/** A log with segments 1-5 and 6-10, and 11-13 in the head. */
function setUp({ page = Number.POSITIVE_INFINITY } = {}) {
  const store = new MemoryStore();
  for (const segment of segmentsOf([5, 5])) store.put(CONVERSATION, segment);
  const calls: string[] = [];
  const step = async (call: string) => {
    calls.push(call);
  };
  const log = new MemoryLog(store, step, page);
  const head = headOf({ lastSeq: 13, tail: [11, 12, 13].map((seq) => textEntry(seq)), tailFirst: 11 });
  return { calls, store, log, head, cache: new EntryCache(log, CONVERSATION, head) };
}

const seen = (seq: number) => published({ seen: [1, seq] });
const anybody = () => true;

test("the entries of the head are known without a read", async () => {
  const { cache, calls } = setUp();
  expect([cache.get(11)?.seq, cache.seqOf("alice", "e12"), cache.seqOf("bob", "e12")]).toEqual([
    11,
    12,
    undefined,
  ]);
  expect(cache.partOf(11)?.entries).toHaveLength(3);
  await cache.readSeqs([11, 13], signal);
  expect(await cache.readRepeats([seen(10), seen(13)], anybody, signal)).toEqual(new Set());
  expect(calls).toEqual([]);
});

describe("repeats", () => {
  test("are found as far back as the frame's `seen`, by one read for all frames", async () => {
    const { cache, calls } = setUp();
    expect(cache.seqOf("alice", "e8")).toBeUndefined();
    await cache.readRepeats([seen(9), seen(7)], anybody, signal);
    expect([cache.seqOf("alice", "e8"), cache.seqOf("alice", "e1")]).toEqual([8, undefined]);
    await cache.readRepeats([seen(7)], anybody, signal);
    expect(calls).toEqual(["readBackward"]);
  });

  test("make a frame stale whose `seen` is further back than the page, ahead of the log, or too old", async () => {
    const { store, log } = setUp({ page: 1 });
    for (const segment of segmentsOf([5, 5, 5, 5])) store.put(CONVERSATION, segment);
    const cache = new EntryCache(log, CONVERSATION, headOf({ lastSeq: 20, tailFirst: 21 }));
    const frames = [seen(2), seen(16), seen(21), published({ seen: "recent" }), published()];
    const stale = await cache.readRepeats(frames, anybody, signal);
    expect(stale).toEqual(new Set([frames[0]?.frame, frames[2]?.frame]));
    const lastSeq = LIMITS.seenWindow + 20;
    const long = new EntryCache(log, CONVERSATION, headOf({ lastSeq, tailFirst: lastSeq + 1 }));
    const old = seen(19);
    expect(await long.readRepeats([old], anybody, signal)).toEqual(new Set([old.frame]));
  });
});

test("a frame that needs more than the newest segments waits until its user may read that far", async () => {
  const { calls, store, log } = setUp();
  for (const segment of segmentsOf([5, 5, 5, 5])) store.put(CONVERSATION, segment);
  const head = headOf({ lastSeq: 20, tailFirst: 21 });
  const [near, far] = [seen(12), seen(3)];
  const refused = await new EntryCache(log, CONVERSATION, head).readRepeats([near, far], () => false, signal);
  expect(refused).toEqual(new Set([far.frame]));
  expect(calls).toEqual(["readBackward"]);
  const asked: string[] = [];
  const mayReadFar = (user: string) => asked.push(user) > 0;
  const cache = new EntryCache(log, CONVERSATION, head);
  expect(await cache.readRepeats([near, far, seen(1)], mayReadFar, signal)).toEqual(new Set());
  expect(asked).toEqual(["alice"]);
  expect(cache.seqOf("alice", "e4")).toBe(4);
  expect(calls).toEqual(["readBackward", "readBackward", "readBackward"]);
});

describe("single entries", () => {
  test("are read with their neighbours, page by page; those that are gone stay unknown", async () => {
    const { cache, calls } = setUp({ page: 1 });
    await cache.readSeqs([2, 8, 11, 40], signal);
    expect([2, 8, 11, 40].map((seq) => cache.get(seq)?.seq)).toEqual([2, 8, 11, undefined]);
    expect(calls).toEqual(["readForward", "readForward"]);
  });

  test("are known at the next head, but not how they are divided", async () => {
    const { cache, log, store, calls } = setUp();
    await cache.readRepeats([seen(5)], anybody, signal);
    store.put(CONVERSATION, { entries: [11, 12, 13].map((seq) => textEntry(seq)), headVersion: "v" });
    const next = new EntryCache(log, CONVERSATION, headOf({ lastSeq: 13, tailFirst: 14 }));
    next.inherit(cache);
    calls.length = 0;
    expect(await next.readRepeats([seen(5)], anybody, signal)).toEqual(new Set());
    expect([next.get(11)?.seq, next.partOf(11)]).toEqual([11, undefined]);
    expect(calls).toEqual([]);
    await next.readParts([11], signal);
    expect(next.partOf(11)?.entries).toHaveLength(3);
  });

  test("of a newer head are not replaced by what an earlier one had", () => {
    const { cache, log, head } = setUp();
    const tail = head.tail.map((entry) => ({ ...entry, body: null, deletedAtMs: 5 }));
    const next = new EntryCache(log, CONVERSATION, { ...head, tail });
    next.inherit(cache);
    expect(next.get(12)?.body).toBeNull();
  });
});
