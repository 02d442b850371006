import fc from "fast-check";
import { expect, test } from "vitest";
import { entryBytes } from "../../../functions/core/log/frame-packing.ts";
import { canRead, type Interval } from "../../../functions/core/log/readable-ranges.ts";
import { visibleEntries } from "../../../functions/core/log/retention.ts";
import { readNewest, readOldest } from "../../../functions/core/query/read-range.ts";
import { countUnread, isUnread } from "../../../functions/core/query/unread-count.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import { type Entry, LIMITS } from "../../../protocol/index.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { CONVERSATION, intervalsWithin, segmentsOf, textEntry } from "../support/logs.ts";

const signal = new AbortController().signal;

const KINDS = ["text", "x.poll", "edit", "reaction", "member.add", "create"];

/** A log whose oldest part may be out of sight or deleted, and what someone may read of it. */
const world = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 20 }),
    kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 40 }),
    senders: fc.array(fc.constantFrom("alice", "bob"), { minLength: 1, maxLength: 7 }),
    borders: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
    sinceMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
    deletedSegments: fc.nat(3),
    page: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ sizes, kinds, senders, borders, sinceMs, deletedSegments, page }) => {
    const segments = segmentsOf(sizes, (seq) => ({
      kind: kinds[seq % kinds.length] ?? "text",
      sender: senders[seq % senders.length] ?? "alice",
      body: { text: "t".repeat((seq * 37) % 200) },
      ...(seq % 11 === 0 && { deletedAtMs: 1 }),
    }));
    const lastSeq = sizes.reduce((sum, size) => sum + size, 0);
    const intervals = intervalsWithin(borders, lastSeq);
    const gone = segments.slice(0, deletedSegments).at(-1)?.entries.at(-1)?.seq ?? 0;
    const window = { sinceMs: Math.max(sinceMs, gone + 1), nowMs: 1_000 };
    const kept = segments.slice(deletedSegments);
    const all = visibleEntries({ segments: kept, complete: true }, window).filter(({ seq }) =>
      canRead(intervals, seq),
    );
    return { log: logOf(kept, page), intervals, window, all };
  });

function logOf(segments: readonly Segment[], page: number): MemoryLog {
  const store = new MemoryStore();
  for (const segment of segments) store.put(CONVERSATION, segment);
  return new MemoryLog(store, undefined, page);
}

/** As many as the limits allow, from the front. */
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

test("reading from the oldest brings what can be read and seen, as far as it fits, and says if there is more", async () => {
  await fc.assert(
    fc.asyncProperty(world, limits, async ({ log, intervals, window, all }, { limit, maxBytes }) => {
      const run = await readOldest(log, CONVERSATION, { intervals, limit, maxBytes, window }, signal);
      const expected = fitting(all, limit, maxBytes);
      expect(run).toEqual({ entries: expected, cut: expected.length < all.length });
    }),
    { numRuns: 400 },
  );
});

test("reading from the newest brings what can be read and seen, as far as it fits, and says if there is more", async () => {
  await fc.assert(
    fc.asyncProperty(world, limits, async ({ log, intervals, window, all }, { limit, maxBytes }) => {
      const run = await readNewest(log, CONVERSATION, { intervals, limit, maxBytes, window }, signal);
      const expected = fitting(all.toReversed(), limit, maxBytes).toReversed();
      expect(run).toEqual({ entries: expected, cut: expected.length < all.length });
    }),
    { numRuns: 400 },
  );
});

const PAGES_COUNTED = 5;

test("unread is what others wrote after the cursor and can be seen, exactly up to 99", async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.nat(300), async ({ log, intervals, window, all }, readSeq) => {
      let pages = 0;
      const counting = Object.assign(Object.create(log) as MemoryLog, {
        readBackward: (...args: Parameters<MemoryLog["readBackward"]>) => {
          pages += 1;
          return log.readBackward(...args);
        },
      });
      const about = { user: "alice", readSeq, intervals, sight: window };
      const count = await countUnread(counting, CONVERSATION, about, signal);
      const expected = all.filter((entry) => isUnread(entry, "alice", readSeq)).length;
      const exact = Math.min(expected, LIMITS.unreadCount + 1);
      // Someone who has written very much since is counted less, never more.
      if (pages < PAGES_COUNTED) expect(count).toBe(exact);
      else expect(count).toBeLessThanOrEqual(exact);
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Partial<Entry>, boolean]>([
  ["another's text", {}, true],
  ["another's entry of an application", { kind: "x.poll" }, true],
  ["one's own text", { sender: "alice" }, false],
  ["what was read", { seq: 5 }, false],
  ["what was deleted", { deletedAtMs: 1, body: null }, false],
  ["a reaction", { kind: "reaction" }, false],
  ["someone's coming", { kind: "member.add" }, false],
])("%s: does it wait to be read?", (_, over, expected) => {
  expect(isUnread(textEntry(6, { sender: "bob", ...over }), "alice", 5)).toBe(expected);
});

test("more than 99 unread are not counted, however many there are", async () => {
  const segments = segmentsOf(
    Array.from({ length: 400 }, () => 25),
    () => ({ sender: "bob" }),
  );
  const intervals: Interval[] = [[1, 10_000]];
  const about = { user: "alice", readSeq: 0, intervals, sight: { sinceMs: 0, nowMs: 1 } };
  let reads = 0;
  const store = new MemoryStore();
  for (const segment of segments) store.put(CONVERSATION, segment);
  const log = new MemoryLog(store, async () => {
    reads += 1;
  });
  expect(await countUnread(log, CONVERSATION, about, signal)).toBe(LIMITS.unreadCount + 1);
  expect(reads).toBe(1);
});
