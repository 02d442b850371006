import type { Entry } from "../../../protocol/index.ts";
import type { ConversationLog, Head, Segment, SegmentPage } from "../../ports/conversation-log.ts";
import type { Interval } from "./readable-ranges.ts";

type Retention = Pick<Head, "retentionSeconds" | "keptFromMs" | "shorter">;

/** Entries sent before this are hidden: by the conversation's retention, or by what one user keeps in sight. */
export function visibleSince(
  { retentionSeconds, keptFromMs = 0, shorter }: Retention,
  keepSeconds: number | undefined,
  nowMs: number,
): number {
  const ages = [retentionSeconds, keepSeconds].filter((seconds) => seconds !== undefined);
  const former = shorter ? Math.min(since(shorter.seconds, nowMs), shorter.untilMs + 1) : 0;
  return Math.max(keptFromMs, former, ...ages.map((seconds) => since(seconds, nowMs)));
}

/** What is exactly so old has expired. */
function since(seconds: number, nowMs: number): number {
  return nowMs - seconds * 1000 + 1;
}

/**
 * The head's part after its retention was changed. What is hidden at this moment stays hidden, though some of it may
 * be stored still, and nothing outlives what is newer: what is visible of a log is always its end, without a hole.
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

/** Of two that still hide something the shorter one, for the entries of both. */
function shortest(seconds: number, former: Head["shorter"], nowMs: number): number {
  const isDone = former === undefined || since(former.seconds, nowMs) > former.untilMs;
  return isDone ? seconds : Math.min(seconds, former.seconds);
}

/** Who looks, and when. */
export interface VisibilityWindow {
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** The entries of a page that can be seen: stores delete late. */
export function visibleEntries({ segments }: SegmentPage, sight: VisibilityWindow): Entry[] {
  return segments
    .filter((segment) => !isExpired(segment, sight.nowMs))
    .flatMap(({ entries }) => entries.filter(({ sentAtMs }) => sentAtMs >= sight.sinceMs));
}

export function isExpired({ expiresAtMs }: Segment, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

/** The first seq of the intervals that can be seen, or the one after them; about log2 of the log's length reads. */
export async function firstVisible(
  log: ConversationLog,
  conversation: string,
  intervals: readonly Interval[],
  sight: VisibilityWindow,
  signal: AbortSignal,
): Promise<number> {
  const [lowest, highest] = [intervals[0]?.[0], intervals.at(-1)?.[1]];
  if (lowest === undefined || highest === undefined) return 1;
  if (sight.sinceMs <= 0) return lowest;
  let [low, high, probe] = [lowest, highest + 1, lowest];
  while (low < high) {
    const range = { fromSeq: probe, toSeq: highest, maxSegments: 1 };
    const page = await log.readForward(conversation, range, signal);
    const stored = page.segments.flatMap(({ entries }) => entries).filter(({ seq }) => seq >= probe);
    const visible = visibleEntries(page, sight).find(({ seq }) => seq >= probe);
    // The one before it is hidden, or deleted.
    if (visible !== undefined && visible.seq > probe) return inIntervals(intervals, visible.seq);
    if (visible !== undefined) high = probe;
    else low = (stored.at(-1)?.seq ?? highest) + 1;
    probe = Math.floor((low + high) / 2);
  }
  return inIntervals(intervals, low);
}

/** The first seq of the intervals that is not before this one. */
function inIntervals(intervals: readonly Interval[], seq: number): number {
  const interval = intervals.find(([, to]) => to >= seq);
  return interval === undefined ? seq : Math.max(interval[0], seq);
}
