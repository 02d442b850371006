import type { TimelineEntry } from "../../../../client/src/index.ts";
import { isContent } from "../../../../client/src/ui.ts";
import { dayOf } from "../../format/time.ts";

/** A row of the message list. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly atMs: number; readonly todayMs: number }
  | { readonly kind: "unread"; readonly key: string }
  | { readonly kind: "event"; readonly key: string; readonly entry: TimelineEntry }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly entry: TimelineEntry;
      /** True for the first message of a block, which has the sender's name. */
      readonly startsBlock: boolean;
      /** True for the last message of a block, which has the sender's avatar. */
      readonly endsBlock: boolean;
    };

/** Longest silence within a block of messages by one sender. */
const MAX_BLOCK_GAP_MS = 5 * 60_000;
/** The day on which clocks are put forward. */
const SHORTEST_DAY_MS = 23 * 60 * 60_000;

export interface RowOptions {
  readonly me: string;
  /** Read cursor of the user when the conversation was opened. */
  readonly readSeq: number;
  readonly nowMs: number;
}

/** True for entries that users write, as opposed to events such as a new member. */
export function isMessage({ kind }: Pick<TimelineEntry, "kind">): boolean {
  return isContent(kind);
}

/**
 * Arranges entries in rows: separators between days, a mark before the first unread message, and blocks of messages that
 * one sender wrote in a row. Events are shown once the server has accepted them.
 */
export function rowsOf(all: readonly TimelineEntry[], { me, readSeq, nowMs }: RowOptions): Row[] {
  const entries = all.filter((entry) => isMessage(entry) || entry.seq !== undefined);
  // In a conversation that was never read everything is new, so nothing is marked.
  const firstUnread =
    readSeq === 0
      ? undefined
      : entries.find((entry) => isMessage(entry) && entry.sender !== me && (entry.seq ?? 0) > readSeq);
  const dayAt = dayFinder();
  const rows: Row[] = [];
  let previous: TimelineEntry | undefined;
  for (const [index, entry] of entries.entries()) {
    // A message that is still being sent counts as sent now.
    const atMs = entry.sentAtMs ?? nowMs;
    const key = `${entry.sender} ${entry.id}`;
    const day = dayAt(atMs);
    const isNewDay = previous === undefined || dayAt(previous.sentAtMs ?? nowMs) !== day;
    const isMarked = entry === firstUnread;
    if (isNewDay) rows.push({ kind: "day", key: `day ${day}`, atMs: day, todayMs: dayOf(nowMs) });
    if (isMarked) rows.push({ kind: "unread", key: "unread" });
    if (isMessage(entry)) {
      const startsBlock = isNewDay || isMarked || !isSameBlock(previous, entry, nowMs, dayAt);
      const next = entries[index + 1];
      const endsBlock = next === firstUnread || !isSameBlock(entry, next, nowMs, dayAt);
      rows.push({ kind: "message", key, entry, startsBlock, endsBlock });
    } else rows.push({ kind: "event", key, entry });
    previous = entry;
  }
  return rows;
}

function isSameBlock(
  one: TimelineEntry | undefined,
  other: TimelineEntry | undefined,
  nowMs: number,
  dayAt: (atMs: number) => number,
): boolean {
  if (one === undefined || other === undefined) return false;
  if (!isMessage(one) || !isMessage(other) || one.sender !== other.sender) return false;
  const [first, second] = [one.sentAtMs ?? nowMs, other.sentAtMs ?? nowMs];
  return second - first < MAX_BLOCK_GAP_MS && dayAt(first) === dayAt(second);
}

/** Returns `dayOf` for times that are mostly of one day after the other, without asking the calendar for each. */
function dayFinder(): (atMs: number) => number {
  let day = Number.NaN;
  return (atMs) => {
    const isSameDay = atMs >= day && atMs - day < SHORTEST_DAY_MS;
    if (!isSameDay) day = dayOf(atMs);
    return day;
  };
}
