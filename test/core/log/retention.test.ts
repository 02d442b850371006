import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogView } from "../../../functions/core/log/log-view.ts";
import { canRead, type Interval } from "../../../functions/core/log/readable-ranges.ts";
import {
  firstVisible,
  hasTooManyPeriods,
  isKept,
  visibleEntries,
  visibleRanges,
  visibleSince,
  withRetention,
} from "../../../functions/core/log/retention.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import { headOf } from "../../support/frames.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { CONVERSATION, intervalsWithin, segmentsOf, textEntry, viewOf } from "../support/logs.ts";

const signal = new AbortController().signal;
const at = (nowMs: number, seq = 1) => ({ seq, nowMs });

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
  const longer = withRetention(headOf({ kind: "group", retentionSeconds: 60 }), 600, at(100_000));
  expect(longer).toMatchObject({ retentionSeconds: 600, keptFromMs: 40_001 });
  expect(visibleSince(longer, undefined, 100_000)).toBe(40_001);
});

test("a retention that is taken away leaves nothing of it in the head but what it hides", () => {
  expect(withRetention(headOf({ kind: "group", retentionSeconds: 60 }), undefined, at(100_000))).toEqual(
    headOf({ kind: "group", keptFromMs: 40_001, shorter: { seconds: 60, untilMs: 100_000 } }),
  );
});

test("a shorter retention needs no memory of the longer one", () => {
  expect(withRetention(headOf({ kind: "group", retentionSeconds: 60 }), 10, at(1_000))).toEqual(
    headOf({ kind: "group", retentionSeconds: 10 }),
  );
});

/** Visible entries of a log whose retention changes. Clients would wait for ever for a gap in them. */
test("however the retention of a group changes, the visible entries are the end of the log, without a gap", () => {
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
      let [head, nowMs] = [headOf({ kind: "group" }), 1_000];
      for (const { passedMs, change } of some) {
        nowMs += passedMs;
        if (change !== null) head = withRetention(head, change, at(nowMs));
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
  const forEver = headOf({ kind: "group" });
  const short = withRetention(forEver, 10, at(1_000));
  const again = withRetention(short, undefined, at(5_000));
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

describe("in a direct conversation", () => {
  const RETENTIONS = [undefined, 10, 20, 40] as const;

  test("a retention holds for the entries from then on, whatever is set and in whichever order", async () => {
    const events = fc.array(
      fc.record({
        passedMs: fc.constantFrom(0, 1, 4_000, 9_000, 30_000),
        change: fc.option(fc.constantFrom(...RETENTIONS), { nil: null }),
      }),
      { minLength: 1, maxLength: 14 },
    );
    const later = fc.constantFrom(0, 1, 9_999, 10_000, 25_000, 60_000);
    await fc.assert(
      fc.asyncProperty(events, later, fc.boolean(), async (some, laterMs, isDeleted) => {
        const store = new MemoryStore();
        const expiries: number[] = [];
        const times: number[] = [];
        let [head, nowMs, seq] = [headOf({ kind: "direct" }), 1_000, 0];
        for (const { passedMs, change } of some) {
          nowMs += passedMs;
          seq += 1;
          if (change !== null) head = withRetention(head, change, at(nowMs, seq));
          const { retentionSeconds } = head;
          const expiresAtMs = retentionSeconds === undefined ? undefined : nowMs + retentionSeconds * 1_000;
          expiries.push(expiresAtMs ?? Number.POSITIVE_INFINITY);
          times.push(nowMs);
          head = { ...head, updatedAtMs: nowMs, lastSeq: seq, tailFirst: seq + 1 };
          const entries = [textEntry(seq, { sentAtMs: nowMs })];
          store.put(CONVERSATION, { entries, headVersion: "1", ...(expiresAtMs && { expiresAtMs }) });
        }
        nowMs += laterMs;
        const left = expiries.flatMap((expiresAtMs, index) => (expiresAtMs > nowMs ? [index + 1] : []));
        const kept = times.flatMap((sentAtMs, index) =>
          isKept(head, { seq: index + 1, sentAtMs }, nowMs) ? [index + 1] : [],
        );
        expect(kept).toEqual(left);
        if (isDeleted)
          for (const [index, expiresAtMs] of expiries.entries())
            if (expiresAtMs <= nowMs) store.segments.get(CONVERSATION)?.delete(index + 1);
        const view = new LogView(new MemoryLog(store), CONVERSATION, head);
        const visible = await visibleRanges(view, head, { ranges: [[1]] }, nowMs, signal);
        const seqs = times.map((_, index) => index + 1);
        expect(seqs.filter((one) => one >= visible.first && canRead(visible.ranges, one))).toEqual(left);
        // Everybody stays a member.
        expect(visible.ranges.at(-1)).toHaveLength(1);
        expect(head.periods?.length ?? 0).toBeLessThanOrEqual(some.length);
      }),
      { numRuns: 500 },
    );
  });

  test("periods that have expired are told apart no more, and equal ones neither", () => {
    let head = headOf({ kind: "direct", lastSeq: 3, updatedAtMs: 1_000 });
    head = { ...withRetention(head, 10, at(2_000, 4)), lastSeq: 4, updatedAtMs: 2_000 };
    expect(head.periods).toEqual([{ lastSeq: 3, lastSentAtMs: 1_000 }]);
    head = { ...withRetention(head, 10, at(3_000, 5)), lastSeq: 5, updatedAtMs: 3_000 };
    expect(head.periods).toHaveLength(1);
    head = { ...withRetention(head, 20, at(4_000, 6)), lastSeq: 6, updatedAtMs: 4_000 };
    head = { ...withRetention(head, 40, at(60_000, 7)), lastSeq: 7, updatedAtMs: 60_000 };
    expect(head.periods).toEqual([
      { lastSeq: 3, lastSentAtMs: 1_000 },
      { lastSeq: 6, lastSentAtMs: 4_000, seconds: 0 },
    ]);
  });

  test("so many changes that a head could not tell them apart are refused", () => {
    let head = headOf({ kind: "direct", lastSeq: 1 });
    for (let seq = 2; !hasTooManyPeriods(head) && seq < 50; seq++)
      head = { ...withRetention(head, seq % 2 ? 40 : 20, at(seq, seq)), lastSeq: seq, updatedAtMs: seq };
    expect(head.periods).toHaveLength(11);
  });
});
