import fc from "fast-check";
import { expect, test } from "vitest";
import type { Interval } from "../../../functions/core/log/readable-ranges.ts";
import { countUnread, isUnread } from "../../../functions/core/query/unread-count.ts";
import { type Entry, LIMITS } from "../../../protocol/index.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { readableLog } from "../support/arbitrary-log.ts";
import { CONVERSATION, segmentsOf, textEntry } from "../support/logs.ts";

const signal = new AbortController().signal;

const PAGES_COUNTED = 5;

test("unread are the visible entries of others after the cursor, counted exactly up to 99", async () => {
  await fc.assert(
    fc.asyncProperty(readableLog, fc.nat(300), async ({ log, intervals, window, all }, readSeq) => {
      let pages = 0;
      const counting = Object.assign(Object.create(log) as MemoryLog, {
        readBackward: (...args: Parameters<MemoryLog["readBackward"]>) => {
          pages += 1;
          return log.readBackward(...args);
        },
      });
      const about = { user: "alice", readSeq, intervals, window };
      const count = await countUnread(counting, CONVERSATION, about, signal);
      const expected = all.filter((entry) => isUnread(entry, "alice", readSeq)).length;
      const exact = Math.min(expected, LIMITS.unreadCount + 1);
      // For a user who has written a lot since, the count may be too low, never too high.
      if (pages < PAGES_COUNTED) expect(count).toBe(exact);
      else expect(count).toBeLessThanOrEqual(exact);
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Partial<Entry>, boolean]>([
  ["another's text", {}, true],
  ["another's entry of an application", { kind: "x.poll" }, true],
  ["the user's own text", { sender: "alice" }, false],
  ["an entry already read", { seq: 5 }, false],
  ["a deleted entry", { deletedAtMs: 1, body: null }, false],
  ["a reaction", { kind: "reaction" }, false],
  ["a new member", { kind: "member.add" }, false],
])("%s counts as unread or not", (_, over, expected) => {
  expect(isUnread(textEntry(6, { sender: "bob", ...over }), "alice", 5)).toBe(expected);
});

test("counting stops beyond 99 unread entries", async () => {
  const segments = segmentsOf(
    Array.from({ length: 400 }, () => 25),
    () => ({ sender: "bob" }),
  );
  const intervals: Interval[] = [[1, 10_000]];
  const about = { user: "alice", readSeq: 0, intervals, window: { sinceMs: 0, nowMs: 1 } };
  let reads = 0;
  const store = new MemoryStore();
  for (const segment of segments) store.put(CONVERSATION, segment);
  const log = new MemoryLog(store, async () => {
    reads += 1;
  });
  expect(await countUnread(log, CONVERSATION, about, signal)).toBe(LIMITS.unreadCount + 1);
  expect(reads).toBe(1);
});
