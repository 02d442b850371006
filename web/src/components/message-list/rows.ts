import type { TimelineEntry } from "../../../../client/src/index.ts";
import { isContent } from "../../../../client/src/ui.ts";
import { dayOf } from "../../format/time.ts";

/** What a thread is made of, from top to bottom. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly atMs: number }
  | { readonly kind: "unread"; readonly key: string }
  | { readonly kind: "event"; readonly key: string; readonly entry: TimelineEntry }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly entry: TimelineEntry;
      /** Nobody said anything right before, or somebody else did: here the name and the picture stand. */
      readonly begins: boolean;
      readonly ends: boolean;
    };

const TOGETHER_MS = 5 * 60_000;

export interface RowOptions {
  readonly me: string;
  /** How far this user had read when the thread was opened. */
  readonly readSeq: number;
  readonly nowMs: number;
}

export function isMessage({ kind }: Pick<TimelineEntry, "kind">): boolean {
  return isContent(kind);
}

/**
 * Entries with days between them, a mark where the unread ones begin, and what one person says at once in one block. What
 * is no message is shown when it has happened.
 */
export function rowsOf(all: readonly TimelineEntry[], { me, readSeq, nowMs }: RowOptions): Row[] {
  const entries = all.filter((entry) => isMessage(entry) || entry.seq !== undefined);
  // Of a conversation never read all is new, and nothing needs to be said.
  const firstUnread =
    readSeq === 0
      ? undefined
      : entries.find((entry) => isMessage(entry) && entry.sender !== me && (entry.seq ?? 0) > readSeq);
  const rows: Row[] = [];
  let before: TimelineEntry | undefined;
  for (const [index, entry] of entries.entries()) {
    // What is on its way is being said now.
    const atMs = entry.sentAtMs ?? nowMs;
    const key = `${entry.sender} ${entry.id}`;
    const isNewDay = before === undefined || dayOf(before.sentAtMs ?? nowMs) !== dayOf(atMs);
    const isMarked = entry === firstUnread;
    if (isNewDay) rows.push({ kind: "day", key: `day ${dayOf(atMs)}`, atMs });
    if (isMarked) rows.push({ kind: "unread", key: "unread" });
    if (isMessage(entry)) {
      const begins = isNewDay || isMarked || !areTogether(before, entry, nowMs);
      const after = entries[index + 1];
      const ends = after === firstUnread || !areTogether(entry, after, nowMs);
      rows.push({ kind: "message", key, entry, begins, ends });
    } else rows.push({ kind: "event", key, entry });
    before = entry;
  }
  return rows;
}

function areTogether(
  one: TimelineEntry | undefined,
  other: TimelineEntry | undefined,
  nowMs: number,
): boolean {
  if (one === undefined || other === undefined) return false;
  if (!isMessage(one) || !isMessage(other) || one.sender !== other.sender) return false;
  const [first, second] = [one.sentAtMs ?? nowMs, other.sentAtMs ?? nowMs];
  return second - first < TOGETHER_MS && dayOf(first) === dayOf(second);
}
