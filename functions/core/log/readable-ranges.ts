import type { SeqRange } from "../../ports/conversation-log.ts";

/** True if a user with these ranges may read the entry. */
export function canRead(ranges: readonly SeqRange[], seq: number): boolean {
  return ranges.some(([from, to]) => seq >= from && (to === undefined || seq <= to));
}

/** True if a user with these ranges is a member now. */
export function isOpen(ranges: readonly SeqRange[]): boolean {
  const last = ranges.at(-1);
  return last !== undefined && last[1] === undefined;
}

/** First and last seq, both inclusive. */
export type Interval = readonly [from: number, to: number];

/** Returns the parts of `within` that can be read, ascending. */
export function readable(ranges: readonly SeqRange[], within: Interval): Interval[] {
  return ranges
    .map(
      ([from, to = Number.MAX_SAFE_INTEGER]): Interval => [
        Math.max(from, within[0]),
        Math.min(to, within[1]),
      ],
    )
    .filter(([from, to]) => from <= to);
}

/** Returns the last readable seq: the end of the log for a member, the end of the last range for a former member. */
export function lastReadable(ranges: readonly SeqRange[], lastSeq: number): number {
  return readable(ranges, [1, lastSeq]).at(-1)?.[1] ?? 0;
}

/** Returns the ranges after the user joins, for the first time or again, with the entry at `seq`. */
export function opened(ranges: readonly SeqRange[], seq: number, wholeHistory: boolean): SeqRange[] {
  return wholeHistory ? [[1]] : [...ranges, [seq]];
}

/** Returns the ranges after the member leaves with the entry at `seq`, the last one they can read. */
export function closed(ranges: readonly SeqRange[], seq: number): SeqRange[] {
  return ranges.map(([from, to]): SeqRange => [from, to ?? seq]);
}
