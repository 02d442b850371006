import fc from "fast-check";
import { expect, test } from "vitest";
import { canRead, type Interval } from "../../../functions/core/log/readable-ranges.ts";
import {
  firstVisible,
  visibleEntries,
  visibleSince,
  withRetention,
} from "../../../functions/core/log/retention.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import { headOf } from "../../support/frames.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { CONVERSATION, intervalsWithin, segmentsOf, textEntry, viewOf } from "../support/logs.ts";

const signal = new AbortController().signal;

test.each([
  ["for ever", {}, undefined, 0],
  ["as long as the conversation does", { retentionSeconds: 60 }, undefined, 40_001],
  ["as long as the user wants", {}, 10, 90_001],
  ["the shorter of both, the user's", { retentionSeconds: 60 }, 10, 90_001],
  ["the shorter of both, the conversation's", { retentionSeconds: 10 }, 60, 90_001],
  ["nothing that was hidden before", { retentionSeconds: 60, keptFromMs: 70_000 }, undefined, 70_000],
])("an entry is visible %s", (_, retention, keepSeconds, sinceMs) => {
  expect(visibleSince(retention, keepSeconds, 100_000)).toBe(sinceMs);
});

test("what a shorter retention hid stays hidden when it becomes longer", () => {
  const longer = withRetention(headOf({ retentionSeconds: 60 }), 600, 100_000);
  expect(longer).toMatchObject({ retentionSeconds: 600, keptFromMs: 40_001 });
  expect(visibleSince(longer, undefined, 100_000)).toBe(40_001);
});

test("a retention that is taken away leaves nothing of it in the head but what it hides", () => {
  expect(withRetention(headOf({ retentionSeconds: 60 }), undefined, 100_000)).toEqual(
    headOf({ keptFromMs: 40_001, shorter: { seconds: 60, untilMs: 100_000 } }),
  );
});

test("a shorter retention needs no memory of the longer one", () => {
  expect(withRetention(headOf({ retentionSeconds: 60 }), 10, 1_000)).toEqual(
    headOf({ retentionSeconds: 10 }),
  );
});

/** Visible entries of a log whose retention changes. Clients would wait for ever for a gap in them. */
test("however the retention changes, the visible entries are the end of the log, without a gap", () => {
  const seconds = fc.constantFrom(undefined, 10, 20, 40);
  const events = fc.array(
    fc.record({ passedMs: fc.constantFrom(0, 1, 4_000, 9_000), change: fc.option(seconds) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(events, fc.nat(60_000), (some, laterMs) => {
      const log: Segment[] = [];
      let [head, nowMs] = [headOf(), 1_000];
      for (const { passedMs, change } of some) {
        nowMs += passedMs;
        if (change !== null) head = withRetention(head, change, nowMs);
        const { retentionSeconds } = head;
        head = { ...head, updatedAtMs: nowMs };
        const expiresAtMs = retentionSeconds && nowMs + retentionSeconds * 1_000;
        const entries = [textEntry(log.length + 1, { sentAtMs: nowMs })];
        log.push({ entries, headVersion: "1", ...(expiresAtMs !== undefined && { expiresAtMs }) });
      }
      nowMs += laterMs;
      const window = { nowMs, sinceMs: visibleSince(head, undefined, nowMs) };
      const seqs = visibleEntries({ segments: log, complete: true }, window).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => log.length - seqs.length + index + 1));
    }),
    { numRuns: 2_000 },
  );
});

test("entries written under a shorter retention expire together with older ones, and no others", () => {
  const forEver = headOf();
  const short = withRetention(forEver, 10, 1_000);
  const again = withRetention(short, undefined, 5_000);
  // At 5 s everything is there; 10 s after the change all that was there at the time of it is gone.
  expect([5_000, 12_000, 15_000, 900_000].map((nowMs) => visibleSince(again, undefined, nowMs))).toEqual([
    0, 2_001, 5_001, 5_001,
  ]);
});

test("entries that the store deleted after other expired ones are not mistaken for visible ones", async () => {
  const store = new MemoryStore();
  const [oldest, , newest] = segmentsOf([10, 40, 50]);
  for (const segment of [oldest, newest]) if (segment) store.put(CONVERSATION, segment);
  const whole: Interval[] = [[1, 100]];
  const window = { sinceMs: 51, nowMs: 1_000 };
  expect(await firstVisible(viewOf(new MemoryLog(store), 100), whole, window, signal)).toBe(51);
});

test("the first visible entry is found no matter where the store began to delete", async () => {
  const stored = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 30 }),
    nowMs: fc.integer({ min: 0, max: 800 }),
    retentionMs: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
    keptFromMs: fc.integer({ min: 0, max: 800 }),
    deleted: fc.infiniteStream(fc.boolean()),
    borders: fc.array(fc.integer({ min: 1, max: 750 }), { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(stored, async ({ sizes, nowMs, retentionMs, keptFromMs, deleted, borders }) => {
      const store = new MemoryStore();
      const window = { nowMs, sinceMs: Math.max(keptFromMs, retentionMs ? nowMs - retentionMs : 0) };
      const segments = segmentsOf(sizes).map((segment) => {
        const sentAtMs = segment.entries.at(-1)?.sentAtMs ?? 0;
        return retentionMs === undefined ? segment : { ...segment, expiresAtMs: sentAtMs + retentionMs };
      });
      // Stores delete late, and in no order.
      const kept = segments.filter(
        ({ expiresAtMs = Number.POSITIVE_INFINITY }) => expiresAtMs > nowMs || !deleted.next().value,
      );
      for (const segment of kept) store.put(CONVERSATION, segment);
      const lastSeq = sizes.reduce((sum, size) => sum + size, 0);
      const intervals = intervalsWithin(borders, lastSeq);
      fc.pre(intervals.length > 0);

      const first = await firstVisible(viewOf(new MemoryLog(store), lastSeq), intervals, window, signal);

      const inSight = visibleEntries({ segments: kept, complete: true }, window).filter(({ seq }) =>
        canRead(intervals, seq),
      );
      const end = intervals.at(-1)?.[1] ?? 0;
      if (inSight[0] !== undefined) expect(first).toBe(inSight[0].seq);
      else expect(first).toBeGreaterThan(end);
    }),
    { numRuns: 1_000 },
  );
});

test("the first visible entry of a long log is found with few reads", async () => {
  const store = new MemoryStore();
  for (const segment of segmentsOf(Array.from({ length: 2_000 }, () => 5))) store.put(CONVERSATION, segment);
  let reads = 0;
  const log = new MemoryLog(store, async () => {
    reads += 1;
  });
  const whole: Interval[] = [[1, 10_000]];
  expect(await firstVisible(viewOf(log, 10_000), whole, { sinceMs: 7_777, nowMs: 9_000 }, signal)).toBe(
    7_777,
  );
  expect(reads).toBeLessThanOrEqual(15);
});
