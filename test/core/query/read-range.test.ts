import fc from "fast-check";
import { expect, test } from "vitest";
import { entryBytes } from "../../../functions/core/log/frame-packing.ts";
import { readNewest, readOldest } from "../../../functions/core/query/read-range.ts";
import type { Entry } from "../../../protocol/index.ts";
import { readableLog } from "../support/arbitrary-log.ts";
import { CONVERSATION } from "../support/logs.ts";

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

test("reading from the oldest entry returns every readable entry that fits, and says if there are more", async () => {
  await fc.assert(
    fc.asyncProperty(readableLog, limits, async ({ log, intervals, window, all }, { limit, maxBytes }) => {
      const run = await readOldest(log, CONVERSATION, { intervals, limit, maxBytes, window }, signal);
      const expected = fitting(all, limit, maxBytes);
      expect(run).toEqual({ entries: expected, cut: expected.length < all.length });
    }),
    { numRuns: 400 },
  );
});

test("reading from the newest entry returns every readable entry that fits, and says if there are more", async () => {
  await fc.assert(
    fc.asyncProperty(readableLog, limits, async ({ log, intervals, window, all }, { limit, maxBytes }) => {
      const run = await readNewest(log, CONVERSATION, { intervals, limit, maxBytes, window }, signal);
      const expected = fitting(all.toReversed(), limit, maxBytes).toReversed();
      expect(run).toEqual({ entries: expected, cut: expected.length < all.length });
    }),
    { numRuns: 400 },
  );
});
