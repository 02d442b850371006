import { LogView } from "../../../functions/core/log/log-view.ts";
import type { Interval } from "../../../functions/core/log/readable-ranges.ts";
import type { ConversationLog, Segment } from "../../../functions/ports/conversation-log.ts";
import type { Log } from "../../../functions/ports/log.ts";
import type { Entry } from "../../../protocol/index.ts";
import { silent } from "../../support/memory-ports.ts";

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
    segments.push({ entries, headVersion: "001.00000000.test" });
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

/** Returns the view of a log whose newest entries are `tail`, by default none: all entries are in segments. */
export function viewOf(
  log: Pick<ConversationLog, "readForward" | "readBackward">,
  lastSeq: number,
  tail: readonly Entry[] = [],
): LogView {
  return new LogView(log, CONVERSATION, {
    version: "001.00000001.test",
    lastSeq,
    tail,
    tailFirst: lastSeq - tail.length + 1,
  });
}

/** Fails on an error. Readers log one if segments are missing, which only a restored table lacks. */
export const noErrors: Log = {
  ...silent,
  error: (message) => {
    throw new Error(message);
  },
};
