import type { Entry } from "../../../protocol/index.ts";
import type { Head, RetentionPeriod, SeqRange } from "../../ports/conversation-log.ts";
import type { LogPage, LogPart, LogView } from "./log-view.ts";
import { type Interval, readable } from "./readable-ranges.ts";

type Retention = Pick<Head, "retentionSeconds" | "keptFromMs" | "shorter">;
type PeriodHead = Pick<Head, "periods" | "retentionSeconds" | "lastSeq" | "updatedAtMs">;

/** Most earlier periods that a direct conversation has; a head is written with every message. */
const MAX_PERIODS = 10;

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
 * Returns the head with another retention, set by the entry at `seq`. In a direct conversation it holds from this entry on,
 * since either side may set it. In a group it holds for all entries. What is hidden now stays hidden, even if it is still
 * stored.
 */
export function withRetention(
  head: Head,
  retentionSeconds: number | undefined,
  { seq, nowMs }: { readonly seq: number; readonly nowMs: number },
): Head {
  return head.kind === "direct"
    ? withPeriod(head, retentionSeconds, seq, nowMs)
    : withGroupRetention(head, retentionSeconds, nowMs);
}

/** True if a direct conversation has taken as many changes as it can tell apart. */
export function hasTooManyPeriods({ periods = [] }: Pick<Head, "periods">): boolean {
  return periods.length > MAX_PERIODS;
}

function withPeriod(head: Head, seconds: number | undefined, seq: number, nowMs: number): Head {
  const { retentionSeconds: before, periods: former = [], ...rest } = head;
  const ended = { lastSeq: seq - 1, lastSentAtMs: head.updatedAtMs, seconds: before };
  const periods: RetentionPeriod[] = [];
  for (const period of [...former, ended]) {
    const last = periods.at(-1);
    if (period.lastSeq <= (last?.lastSeq ?? 0)) continue;
    const left = isOver(period, nowMs) ? 0 : period.seconds;
    if (last !== undefined && last.seconds === left) periods.pop();
    const { lastSeq, lastSentAtMs } = period;
    periods.push({ lastSeq, lastSentAtMs, ...(left !== undefined && { seconds: left }) });
  }
  // Entries that are kept as long as the next ones need no period of their own.
  if (periods.at(-1)?.seconds === seconds) periods.pop();
  return {
    ...rest,
    ...(seconds !== undefined && { retentionSeconds: seconds }),
    ...(periods.length > 0 && { periods }),
  };
}

function isOver({ seconds, lastSentAtMs }: RetentionPeriod, nowMs: number): boolean {
  return seconds !== undefined && lastSentAtMs < since(seconds, nowMs);
}

/** Returns how long the entry at `seq` is kept; undefined: for ever. */
export function retentionOf({ periods = [], retentionSeconds }: PeriodHead, seq: number): number | undefined {
  const period = periods.find(({ lastSeq }) => seq <= lastSeq);
  return period === undefined ? retentionSeconds : period.seconds;
}

/** True if the retention does not hide the entry. */
export function isKept(
  head: Head,
  { seq, sentAtMs }: Pick<Entry, "seq" | "sentAtMs">,
  nowMs: number,
): boolean {
  if (head.periods === undefined) return sentAtMs >= visibleSince(head, undefined, nowMs);
  const seconds = retentionOf(head, seq);
  return seconds === undefined || sentAtMs >= since(seconds, nowMs);
}

/** Returns a text that differs for two times if entries may have expired between them. */
export function expiryMark(head: Head, keepSeconds: number | undefined, atMs: number): string {
  if (head.periods === undefined)
    return String(Math.min(visibleSince(head, keepSeconds, atMs), head.updatedAtMs + 1));
  return periodsOf(head)
    .map(({ seconds, lastSentAtMs }) =>
      Math.min(visibleSince({ retentionSeconds: seconds }, keepSeconds, atMs), lastSentAtMs + 1),
    )
    .join();
}

/** Returns all periods of a direct conversation, with the one that has not ended. */
export function periodsOf({
  periods = [],
  retentionSeconds,
  lastSeq,
  updatedAtMs,
}: PeriodHead): RetentionPeriod[] {
  return [...periods, { lastSeq, lastSentAtMs: updatedAtMs, seconds: retentionSeconds }];
}

/** Returns the head of a group: no entry outlives a newer one, so the visible part of its log is the end, without a gap. */
function withGroupRetention(head: Head, retentionSeconds: number | undefined, nowMs: number): Head {
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

/** A user's ranges without what they cannot see any more, and the first seq that is left. */
export interface VisibleRanges {
  readonly ranges: readonly SeqRange[];
  readonly first: number;
  readonly window: VisibilityWindow;
}

/**
 * Returns what a user can see of a log by its retention, and by their own `keepSeconds`. In a direct conversation whose
 * retention has changed, expired entries leave gaps between ranges.
 */
export async function visibleRanges(
  view: LogView,
  head: Head,
  {
    ranges,
    keepSeconds,
  }: { readonly ranges: readonly SeqRange[]; readonly keepSeconds?: number | undefined },
  nowMs: number,
  signal: AbortSignal,
): Promise<VisibleRanges> {
  if (head.periods === undefined) {
    const window = { nowMs, sinceMs: visibleSince(head, keepSeconds, nowMs) };
    const first = await firstVisible(view, readable(ranges, [1, head.lastSeq]), window, signal);
    return { ranges, first, window };
  }
  const kept: [number, number?][] = [];
  let from = 1;
  for (const { lastSeq, lastSentAtMs, seconds } of periodsOf(head)) {
    const window = { nowMs, sinceMs: visibleSince({ retentionSeconds: seconds }, keepSeconds, nowMs) };
    const isEmpty = from > lastSeq || lastSentAtMs < window.sinceMs;
    const first = isEmpty ? lastSeq + 1 : await firstVisible(view, [[from, lastSeq]], window, signal);
    const before = kept.at(-1);
    if (first <= lastSeq && before?.[1] === first - 1) before[1] = lastSeq;
    else if (first <= lastSeq) kept.push([first, lastSeq]);
    from = lastSeq + 1;
  }
  // The user stays a member, whatever has expired.
  const last = kept.at(-1);
  if (last?.[1] === head.lastSeq) last.length = 1;
  else kept.push([head.lastSeq + 1]);
  const window = { nowMs, sinceMs: visibleSince({}, keepSeconds, nowMs) };
  return { ranges: kept as unknown as readonly SeqRange[], first: kept[0]?.[0] ?? 1, window };
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
