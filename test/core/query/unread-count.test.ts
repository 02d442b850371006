import fc from "fast-check";
import { expect, test } from "vitest";
import type { Interval } from "../../../functions/core/log/readable-ranges.ts";
import { countUnread, isUnread, MOST_UNREAD } from "../../../functions/core/query/unread-count.ts";
import type { Entry } from "../../../protocol/index.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { readableLog } from "../support/arbitrary-log.ts";
import { CONVERSATION, segmentsOf, textEntry, viewOf } from "../support/logs.ts";

const signal = new AbortController().signal;

test("unread are the visible entries of others after the cursor, counted exactly up to 99", async () => {
  await fc.assert(
    fc.asyncProperty(readableLog, fc.nat(300), async ({ view, intervals, window, all }, readSeq) => {
      const about = { user: "alice", readSeq, intervals, window, most: MOST_UNREAD };
      const count = await countUnread(view, about, signal);
      const expected = all.filter((entry) => isUnread(entry, "alice", readSeq)).length;
      expect(count).toBe(Math.min(expected, MOST_UNREAD));
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

test.each([
  ["beyond 99 unread entries", "bob", MOST_UNREAD, 100],
  ["after 500 entries of the user", "alice", 0, 500],
])("counting stops %s", async (_, sender, count, looked) => {
  let entriesRead = 0;
  const store = new MemoryStore();
  const segments = segmentsOf(
    Array.from({ length: 1_000 }, () => 10),
    () => ({ sender }),
  );
  for (const segment of segments) store.put(CONVERSATION, segment);
  const log = new MemoryLog(store);
  const counting = {
    readForward: log.readForward.bind(log),
    readBackward: async (...args: Parameters<MemoryLog["readBackward"]>) => {
      const page = await log.readBackward(...args);
      entriesRead += page.segments.flatMap(({ entries }) => entries).length;
      return page;
    },
  };
  const intervals: Interval[] = [[1, 10_000]];
  const about = { user: "alice", readSeq: 0, intervals, window: { sinceMs: 0, nowMs: 1 }, most: MOST_UNREAD };
  expect(await countUnread(viewOf(counting, 10_000), about, signal)).toBe(count);
  expect(entriesRead).toBe(looked);
});
