import type { Entry } from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";
import type { LogPage, LogPart, LogView } from "./log-view.ts";
import type { Interval } from "./readable-ranges.ts";

type Retention = Pick<Head, "retentionSeconds" | "keptFromMs" | "shorter">;

/**
 * Returns the time before which entries are hidden, by the conversation's retention or by the user's own `keepSeconds`.
 */
export function visibleSince(
  { retentionSeconds, keptFromMs = 0, shorter }: Retention,
  keepSeconds: number | undefined,
  nowMs: number,
): number {
  const ages = [retentionSeconds, keepSeconds].filter((seconds) => seconds !== undefined);
  const former = shorter ? Math.min(since(shorter.seconds, nowMs), shorter.untilMs + 1) : 0;
  return Math.max(keptFromMs, former, ...ages.map((seconds) => since(seconds, nowMs)));
}

/** An entry of exactly this age has expired. */
function since(seconds: number, nowMs: number): number {
  return nowMs - seconds * 1000 + 1;
}

/**
 * Returns the head with another retention. Entries that are hidden now stay hidden, even if they are still stored, and
 * no entry outlives a newer one: the visible part of a log is always its end, without a hole.
 */
export function withRetention(head: Head, retentionSeconds: number | undefined, nowMs: number): Head {
  const { retentionSeconds: before, shorter: former, ...rest } = head;
  const keptFromMs = visibleSince(head, undefined, nowMs);
  const shorter =
    before !== undefined && before < (retentionSeconds ?? Number.POSITIVE_INFINITY)
      ? { seconds: shortest(before, former, nowMs), untilMs: Math.max(nowMs, head.updatedAtMs) }
      : former;
  return {
    ...rest,
    ...(retentionSeconds !== undefined && { retentionSeconds }),
    ...(keptFromMs > 0 && { keptFromMs }),
    ...(shorter !== undefined && { shorter }),
  };
}

/** Returns the shorter of two retentions that still hide something; it holds for the entries of both. */
function shortest(seconds: number, former: Head["shorter"], nowMs: number): number {
  const isDone = former === undefined || since(former.seconds, nowMs) > former.untilMs;
  return isDone ? seconds : Math.min(seconds, former.seconds);
}

/** Time of a read, and the time before which entries are hidden from the reader. */
export interface VisibilityWindow {
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Returns the visible entries of a page. Stores delete expired entries late. */
export function visibleEntries({ segments }: LogPage, window: VisibilityWindow): Entry[] {
  return segments
    .filter((segment) => !isExpired(segment, window.nowMs))
    .flatMap(({ entries }) => entries.filter(({ sentAtMs }) => sentAtMs >= window.sinceMs));
}

export function isExpired({ expiresAtMs }: LogPart, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

/**
 * Returns the first visible seq of the intervals, or the seq after them. Takes about log2 of the log's length in reads.
 */
export async function firstVisible(
  view: LogView,
  intervals: readonly Interval[],
  window: VisibilityWindow,
  signal: AbortSignal,
): Promise<number> {
  const [lowest, highest] = [intervals[0]?.[0], intervals.at(-1)?.[1]];
  if (lowest === undefined || highest === undefined) return 1;
  if (window.sinceMs <= 0) return lowest;
  let [low, high, probe] = [lowest, highest + 1, lowest];
  while (low < high) {
    const range = { fromSeq: probe, toSeq: highest, maxSegments: 1 };
    const page = await view.readForward(range, signal);
    const stored = page.segments.flatMap(({ entries }) => entries).filter(({ seq }) => seq >= probe);
    const visible = visibleEntries(page, window).find(({ seq }) => seq >= probe);
    // The entry before it is hidden or deleted.
    if (visible !== undefined && visible.seq > probe) return inIntervals(intervals, visible.seq);
    if (visible !== undefined) high = probe;
    else low = (stored.at(-1)?.seq ?? highest) + 1;
    probe = Math.floor((low + high) / 2);
  }
  return inIntervals(intervals, low);
}

/** Returns the first seq of the intervals that is not before `seq`. */
function inIntervals(intervals: readonly Interval[], seq: number): number {
  const interval = intervals.find(([, to]) => to >= seq);
  return interval === undefined ? seq : Math.max(interval[0], seq);
}
