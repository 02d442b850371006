import { isNewer } from "../../../functions/core/log/head-version.ts";
import { isKept, periodsOf, visibleSince } from "../../../functions/core/log/retention.ts";
import type { Head } from "../../../functions/ports/conversation-log.ts";
import { type Entry, LIMITS } from "../../../protocol/index.ts";
import { type PartFacts, partFacts, type SegmentFacts } from "./log-facts.ts";

export type Interval = readonly [from: number, to: number];

/** A segment with entries that a newer one has too, and the entries that only it has. */
export interface Cut {
  readonly segment: SegmentFacts;
  readonly keep: readonly Interval[];
}

/** The log that can be made of a head and its segments. */
export interface LogShape {
  /** Segments of the log and the tail, ascending. */
  readonly parts: readonly PartFacts[];
  /** Segments of later writes than the head that go on after it: the head must follow. */
  readonly ahead: readonly SegmentFacts[];
  /** Entries of the tail, by the segments they must become because later segments follow them. */
  readonly filled: readonly (readonly Entry[])[];
  readonly tail: readonly Entry[];
  readonly tailFirst: number;
  readonly lastSeq: number;
  /** True if a segment below the tail is of a later write than the head. */
  readonly isRewrittenLater: boolean;
  readonly cuts: readonly Cut[];
  /** Entries that are in no part, below the end of the log. */
  readonly gaps: readonly Interval[];
  /** Those of the gaps that no retention explains. */
  readonly holes: readonly Interval[];
}

/**
 * Finds the log in a head and its segments. Segments below the tail are the log. At or above it, a segment of a later
 * write than the head belongs to the log too, and the head is older than its log; one of an earlier write is a flush that
 * did not finish.
 */
export function logShape(head: Head, segments: readonly SegmentFacts[], nowMs: number): LogShape {
  const below = segments.filter(({ firstSeq }) => firstSeq < head.tailFirst);
  const above = segments.filter(({ firstSeq }) => firstSeq >= head.tailFirst);
  const ahead = above.filter(({ headVersion }) => isNewer(headVersion, head.version));
  // A flush of just this head is right, if later segments follow it.
  const flushed = above.filter(({ headVersion }) => headVersion === head.version);
  const followed = ahead.length > 0 ? [...flushed, ...ahead] : [];
  const { cuts, left } = withoutOverlaps([...below, ...followed], head);
  const { filled, tail } = tailAround(head, left);
  const tailFirst = tail[0]?.seq ?? Math.max(head.lastSeq, left.at(-1)?.lastSeq ?? 0) + 1;
  const parts = [...left, ...filled.map(partFacts), partFacts(tail)]
    .filter((part) => part !== undefined)
    .sort((a, b) => a.firstSeq - b.firstSeq);
  return {
    parts,
    ahead,
    filled,
    tail,
    tailFirst,
    lastSeq: tail.at(-1)?.seq ?? tailFirst - 1,
    isRewrittenLater: below.some(({ headVersion }) => isNewer(headVersion, head.version)),
    cuts,
    ...gapsOf(head, parts, tailFirst, nowMs),
  };
}

/** Leaves each entry to the newest segment that has it. The tail is as new as its head. */
function withoutOverlaps(segments: readonly SegmentFacts[], head: Head) {
  const cuts: Cut[] = [];
  const left = segments.flatMap((segment, index): SegmentFacts[] => {
    // A segment has at most as many entries as a frame, so those that it overlaps with are near.
    const near = segments.slice(
      Math.max(0, index - LIMITS.entriesPerFrame),
      index + LIMITS.entriesPerFrame + 1,
    );
    const newer = near.filter(({ headVersion }) => headVersion > segment.headVersion);
    const isBelow = segment.firstSeq < head.tailFirst && !isNewer(segment.headVersion, head.version);
    const whole = intervalOf(segment);
    const keep = remaining(whole, [...newer.map(intervalOf), ...(isBelow ? [tailOf(head)] : [])]);
    if (keep.length === 1 && String(keep[0]) === String(whole)) return [segment];
    cuts.push({ segment, keep });
    return keep.map((interval) => within(segment, interval));
  });
  return { cuts, left: left.sort((a, b) => a.firstSeq - b.firstSeq) };
}

const intervalOf = ({ firstSeq, lastSeq }: PartFacts): Interval => [firstSeq, lastSeq];
const tailOf = ({ tailFirst, lastSeq }: Head): Interval => [tailFirst, lastSeq];

function within(segment: SegmentFacts, [firstSeq, lastSeq]: Interval): SegmentFacts {
  const isInside = ({ seq }: { readonly seq: number }) => seq >= firstSeq && seq <= lastSeq;
  return {
    ...segment,
    firstSeq,
    lastSeq,
    preview: segment.preview && isInside(segment.preview) ? segment.preview : undefined,
    changes: segment.changes.filter(isInside),
    rewrites: segment.rewrites.filter(isInside),
  };
}

function remaining(whole: Interval, taken: readonly Interval[]): Interval[] {
  let left: Interval[] = [whole];
  for (const [from, to] of taken) {
    left = left.flatMap(([first, last]): Interval[] => {
      if (to < first || from > last || from > to) return [[first, last]];
      return (
        [
          [first, from - 1],
          [to + 1, last],
        ] as const
      ).filter(([a, b]) => a <= b);
    });
  }
  return left;
}

/** Divides the entries of the tail that no segment has into those before a later segment, and those at the end. */
function tailAround({ tail }: Head, segments: readonly SegmentFacts[]) {
  const lastStored = segments.at(-1)?.lastSeq ?? 0;
  const isStored = ({ seq }: Entry) =>
    segments.some(({ firstSeq, lastSeq }) => seq >= firstSeq && seq <= lastSeq);
  const filled: Entry[][] = [];
  for (const entry of tail.filter((one) => one.seq < lastStored && !isStored(one))) {
    const run = filled.at(-1);
    if (run?.at(-1)?.seq === entry.seq - 1 && run.length < LIMITS.entriesPerFrame) run.push(entry);
    else filled.push([entry]);
  }
  return { filled, tail: tail.filter(({ seq }) => seq > lastStored) };
}

/** Retention explains that entries are gone if nothing before them, in their period, is visible any more. */
function gapsInPeriods(head: Head, parts: readonly PartFacts[], tailFirst: number, nowMs: number) {
  const gaps: Interval[] = [];
  const holes: Interval[] = [];
  let [next, visibleSeq] = [1, 0];
  const skipTo = (seq: number) => {
    if (seq <= next) return;
    gaps.push([next, seq - 1]);
    let from = 1;
    for (const { lastSeq, seconds } of periodsOf(head)) {
      const [first, last] = [Math.max(from, next), Math.min(lastSeq, seq - 1)];
      if (first <= last && (seconds === undefined || visibleSeq >= from)) holes.push([first, last]);
      from = lastSeq + 1;
    }
  };
  for (const part of parts) {
    skipTo(part.firstSeq);
    const { expiresAtMs = Number.POSITIVE_INFINITY } = part as Partial<SegmentFacts>;
    const last = { seq: part.lastSeq, sentAtMs: part.lastSentAtMs };
    if (expiresAtMs > nowMs && isKept(head, last, nowMs)) visibleSeq = part.lastSeq;
    next = part.lastSeq + 1;
  }
  skipTo(tailFirst);
  return { gaps, holes };
}

/** Retention explains that entries are gone if nothing before them is visible any more. */
function gapsOf(head: Head, parts: readonly PartFacts[], tailFirst: number, nowMs: number) {
  if (head.periods !== undefined) return gapsInPeriods(head, parts, tailFirst, nowMs);
  const sinceMs = visibleSince(head, undefined, nowMs);
  const gaps: Interval[] = [];
  const holes: Interval[] = [];
  let [next, isVisible] = [1, sinceMs <= head.createdAtMs];
  const skipTo = (seq: number) => {
    if (seq <= next) return;
    gaps.push([next, seq - 1]);
    if (isVisible) holes.push([next, seq - 1]);
  };
  for (const part of parts) {
    skipTo(part.firstSeq);
    const { expiresAtMs = Number.POSITIVE_INFINITY } = part as Partial<SegmentFacts>;
    isVisible ||= part.lastSentAtMs >= sinceMs && expiresAtMs > nowMs;
    next = part.lastSeq + 1;
  }
  skipTo(tailFirst);
  return { gaps, holes };
}
