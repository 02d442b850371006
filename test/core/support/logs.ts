import type { Interval } from "../../../functions/core/log/readable-ranges.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import type { Entry } from "../../../protocol/index.ts";

export const CONVERSATION = `g${"a".repeat(43)}`;

export function textEntry(seq: number, over: Partial<Entry> = {}): Entry {
  return { seq, id: `e${seq}`, sender: "alice", kind: "text", body: { text: "hi" }, sentAtMs: seq, ...over };
}

/** Builds a log with segments of these sizes; an entry's `sentAtMs` is its seq. */
export function segmentsOf(sizes: readonly number[], over: (seq: number) => Partial<Entry> = () => ({})) {
  const segments: Segment[] = [];
  let seq = 0;
  for (const size of sizes) {
    const entries = Array.from({ length: size }, () => textEntry(++seq, over(seq)));
    segments.push({ entries, decided: [] });
  }
  return segments;
}

/** Returns every other stretch between the boundaries, none beyond the end of the log: ascending and disjoint. */
export function intervalsWithin(boundaries: readonly number[], lastSeq: number): Interval[] {
  const sorted = [...new Set(boundaries)].sort((a, b) => a - b).filter((boundary) => boundary <= lastSeq);
  const intervals: Interval[] = [];
  for (let index = 0; index < sorted.length; index += 2) {
    const from = sorted[index] ?? 1;
    const next = sorted[index + 1];
    intervals.push([from, next === undefined ? lastSeq : Math.max(from, next - 1)]);
  }
  return intervals;
}
