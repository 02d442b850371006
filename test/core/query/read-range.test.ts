import fc from "fast-check";
import { expect, test } from "vitest";
import { entryBytes } from "../../../functions/core/log/frame-packing.ts";
import type { Interval } from "../../../functions/core/log/readable-ranges.ts";
import { readNewest, readOldest } from "../../../functions/core/query/read-range.ts";
import type { Entry } from "../../../protocol/index.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { readableLog } from "../support/arbitrary-log.ts";
import { CONVERSATION, segmentsOf, viewOf } from "../support/logs.ts";

const signal = new AbortController().signal;

/** Returns as many entries as the limits allow, from the front. */
function fitting(entries: readonly Entry[], limit: number, maxBytes: number): Entry[] {
  let room = maxBytes;
  const count = entries.findIndex((entry, index) => {
    room -= entryBytes(entry);
    return index === limit || room < 0;
  });
  return count === -1 ? [...entries] : entries.slice(0, count);
}

const limits = fc.record({
  limit: fc.integer({ min: 1, max: 120 }),
  maxBytes: fc.oneof(fc.constant(10 ** 9), fc.integer({ min: 300, max: 10_000 })),
});

/** Leaves out what is before the first visible entry, as readers do. */
const visible = (intervals: readonly Interval[], [first]: readonly Entry[]): Interval[] =>
  intervals.flatMap(([from, to]) =>
    first !== undefined && to >= first.seq ? [[Math.max(from, first.seq), to] as const] : [],
  );

test.each([
  ["oldest", readOldest, (entries: readonly Entry[]) => [...entries]],
  ["newest", readNewest, (entries: readonly Entry[]) => entries.toReversed()],
] as const)(
  "reading from the %s entry returns every readable entry that fits, and says if there are more",
  async (_, read, inOrder) => {
    await fc.assert(
      fc.asyncProperty(readableLog, limits, async ({ view, window, all, ...log }, { limit, maxBytes }) => {
        const intervals = visible(log.intervals, all);
        const run = await read(view, { intervals, limit, maxBytes, window }, signal);
        const expected = inOrder(fitting(inOrder(all), limit, maxBytes));
        expect(run).toEqual({ entries: expected, cut: expected.length < all.length });
      }),
      { numRuns: 600 },
    );
  },
);

/** A log without the segments of these numbers, and with a tail. */
function logWithHole(missing: readonly number[], page?: number) {
  const parts = segmentsOf([10, 10, 10, 10, 3]);
  const store = new MemoryStore();
  const stored = parts.slice(0, -1).filter((_, index) => !missing.includes(index));
  for (const segment of stored) store.put(CONVERSATION, segment);
  return viewOf(new MemoryLog(store, undefined, page), 43, parts.at(-1)?.entries);
}

const seqsOf = ({ entries: [first, ...rest] }: { entries: readonly Entry[] }) =>
  first && [first.seq, rest.at(-1)?.seq ?? first.seq];

test.each([
  ["in the middle", [1], 21],
  ["at the beginning", [0], 11],
  ["that reaches up to the head", [2, 3], 41],
  ["twice", [0, 2], 31],
])("entries before a hole %s are hidden, in either direction and on any pages", async (_, missing, first) => {
  for (const page of [1, 2, undefined]) {
    const view = logWithHole(missing, page);
    const bounds = { limit: 100, maxBytes: 10 ** 6, window: { sinceMs: 0, nowMs: 1 } };
    for (const read of [readOldest, readNewest]) {
      const run = await read(view, { ...bounds, intervals: [[1, 43]] }, signal);
      expect(run).toMatchObject({ cut: false, hiddenBefore: first, hasHole: true });
      expect(seqsOf(run)).toEqual([first, 43]);
    }
  }
});

test("a log whose end is missing has no entries, and is not read for ever", async () => {
  const store = new MemoryStore();
  for (const segment of segmentsOf([10])) store.put(CONVERSATION, segment);
  const view = viewOf(new MemoryLog(store), 30);
  const bounds = { limit: 100, maxBytes: 10 ** 6, window: { sinceMs: 0, nowMs: 1 } };
  for (const read of [readOldest, readNewest]) {
    const run = await read(view, { ...bounds, intervals: [[5, 30]] }, signal);
    expect(run).toEqual({ entries: [], cut: false, hiddenBefore: 31, hasHole: true });
  }
});

test("entries that retention deleted from the beginning are no hole", async () => {
  const view = logWithHole([0]);
  const bounds = { limit: 100, maxBytes: 10 ** 6, window: { sinceMs: 11, nowMs: 1 } };
  for (const read of [readOldest, readNewest]) {
    const run = await read(view, { ...bounds, intervals: [[1, 43]] }, signal);
    expect(run).toMatchObject({ hiddenBefore: 11, hasHole: false });
  }
});
