import type { SeqRange } from "../../ports/conversation-log.ts";

/** May someone with these ranges read this entry? */
export function canRead(ranges: readonly SeqRange[], seq: number): boolean {
  return ranges.some(([from, to]) => seq >= from && (to === undefined || seq <= to));
}

/** Is someone with these ranges a member now? */
export function isOpen(ranges: readonly SeqRange[]): boolean {
  const last = ranges.at(-1);
  return last !== undefined && last[1] === undefined;
}

/** First and last seq, both inclusive. */
export type Interval = readonly [from: number, to: number];

/** What of `within` can be read, ascending. */
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

/** The last seq of a log that can be read: its end for a member, the end of the last range for a former one. */
export function lastReadable(ranges: readonly SeqRange[], lastSeq: number): number {
  return readable(ranges, [1, lastSeq]).at(-1)?.[1] ?? 0;
}

/** Someone joins with the entry at `seq`, who was there before or not. */
export function opened(ranges: readonly SeqRange[], seq: number, wholeHistory: boolean): SeqRange[] {
  return wholeHistory ? [[1]] : [...ranges, [seq]];
}

/** A member leaves with the entry at `seq`, the last one to be read. */
export function closed(ranges: readonly SeqRange[], seq: number): SeqRange[] {
  return ranges.map(([from, to]): SeqRange => [from, to ?? seq]);
}
