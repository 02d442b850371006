import { countsAsUnread, type Entry, LIMITS } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Interval } from "../log/readable-ranges.ts";
import { type VisibilityWindow, visibleEntries } from "../log/retention.ts";

/** True for an entry that another user wrote after `readSeq` and did not delete. */
export function isUnread({ seq, sender, kind, deletedAtMs }: Entry, user: string, readSeq: number): boolean {
  return seq > readSeq && sender !== user && countsAsUnread(kind) && deletedAtMs === undefined;
}

const SEGMENTS_PER_PAGE = 100;
/** Most entries to look at, for a user who writes a lot but never reads; beyond that the count is a lower bound. */
const MAX_ENTRIES = 2_500;

/** Counts the unread entries of the intervals, up to one more than `LIMITS.unreadCount`. */
export async function countUnread(
  log: ConversationLog,
  conversation: string,
  about: { user: string; readSeq: number; intervals: readonly Interval[]; window: VisibilityWindow },
  signal: AbortSignal,
): Promise<number> {
  const { user, readSeq, intervals, window } = about;
  const most = LIMITS.unreadCount + 1;
  let count = 0;
  let looked = 0;
  for (const [from, to] of intervals.toReversed()) {
    let next = to;
    while (next >= from && count < most && looked < MAX_ENTRIES) {
      const range = { fromSeq: from, toSeq: next, maxSegments: SEGMENTS_PER_PAGE };
      const page = await log.readBackward(conversation, range, signal);
      const entries = visibleEntries(page, window).filter(({ seq }) => seq >= from && seq <= next);
      looked += entries.length;
      count += entries.filter((entry) => isUnread(entry, user, readSeq)).length;
      const first = page.segments[0]?.entries[0]?.seq;
      if (page.complete || first === undefined) break;
      next = first - 1;
    }
  }
  return Math.min(count, most);
}
