import fc from "fast-check";
import { expect, test } from "vitest";
import {
  canRead,
  closed,
  isOpen,
  lastReadable,
  opened,
  readable,
} from "../../../functions/core/log/readable-ranges.ts";
import type { SeqRange } from "../../../functions/ports/conversation-log.ts";

const LAST_SEQ = 60;
const SEQS = Array.from({ length: LAST_SEQ }, (_, index) => index + 1);

/** Joins and leaves in turn, at ascending seqs; and the set of seqs such a user may read. */
const history = fc.uniqueArray(fc.integer({ min: 1, max: LAST_SEQ }), { maxLength: 9 }).map((some) => {
  let ranges: SeqRange[] = [];
  const seqs = new Set<number>();
  const changes = some.sort((a, b) => a - b);
  changes.forEach((seq, index) => {
    ranges = index % 2 === 0 ? opened(ranges, seq, false) : closed(ranges, seq);
    const end = changes[index + 1] ?? LAST_SEQ;
    if (index % 2 === 0) for (let one = seq; one <= end; one++) seqs.add(one);
  });
  return { ranges, seqs, isMember: changes.length % 2 === 1 };
});

test("ranges say of every entry whether it can be read, as a set of seqs would", () => {
  fc.assert(
    fc.property(history, ({ ranges, seqs, isMember }) => {
      expect(SEQS.filter((seq) => canRead(ranges, seq))).toEqual(SEQS.filter((seq) => seqs.has(seq)));
      expect(isOpen(ranges)).toBe(isMember);
      expect(canRead(ranges, 10 ** 9)).toBe(isMember);
      expect(lastReadable(ranges, LAST_SEQ)).toBe(Math.max(0, ...seqs));
    }),
  );
});

test("what can be read of a stretch is the part of the set in it, ascending and apart", () => {
  const bounds = fc.tuple(fc.integer({ min: 1, max: LAST_SEQ }), fc.integer({ min: 1, max: LAST_SEQ }));
  fc.assert(
    fc.property(history, bounds, ({ ranges, seqs }, [from, to]) => {
      const intervals = readable(ranges, [from, to]);
      const covered = intervals.flatMap(([first, last]) => SEQS.filter((seq) => seq >= first && seq <= last));
      expect(covered).toEqual(SEQS.filter((seq) => seq >= from && seq <= to && seqs.has(seq)));
    }),
  );
});

test("a member with access to the whole history reads it, no matter how often they left and returned", () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: LAST_SEQ }), ({ ranges }, seq) => {
      expect(opened(ranges, seq, true)).toEqual([[1]]);
    }),
  );
});

test("a user who was never a member reads nothing", () => {
  expect(isOpen([])).toBe(false);
  expect(readable([], [1, 100])).toEqual([]);
  expect(lastReadable([], 100)).toBe(0);
});

test("a seq is readable within the ranges only", () => {
  const ranges = [[3, 5], [9]] as const;
  expect([2, 3, 5, 6, 8, 9, 100].filter((seq) => canRead(ranges, seq))).toEqual([3, 5, 9, 100]);
});
