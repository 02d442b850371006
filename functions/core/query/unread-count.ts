import { countsAsUnread, type Entry, LIMITS } from "../../../protocol/index.ts";
import type { LogView } from "../log/log-view.ts";
import { type Reading, type Scan, scanBack } from "./read-range.ts";
import type { Need } from "./segment-estimate.ts";

/** True for an entry that another user wrote after `readSeq` and did not delete. */
export function isUnread({ seq, sender, kind, deletedAtMs }: Entry, user: string, readSeq: number): boolean {
  return seq > readSeq && sender !== user && countsAsUnread(kind) && deletedAtMs === undefined;
}

/** Most entries to look at, for a user who writes a lot but never reads; beyond that the count is a lower bound. */
const MAX_ENTRIES = 500;

/** The highest count, which stands for any larger number. */
export const MOST_UNREAD = LIMITS.unreadCount + 1;

/** Counts the unread entries of a part of the log, up to `most`. */
export async function countUnread(
  view: LogView,
  { user, readSeq, most, ...reading }: Reading & { user: string; readSeq: number; most: number },
  signal: AbortSignal,
): Promise<number> {
  const scan = new UnreadScan(most, (entry) => isUnread(entry, user, readSeq));
  await scanBack(view, reading, scan, signal);
  return scan.count;
}

class UnreadScan implements Scan {
  count = 0;
  readonly #most: number;
  readonly #isUnread: (entry: Entry) => boolean;
  #looked = 0;

  constructor(most: number, isUnread: (entry: Entry) => boolean) {
    this.#most = most;
    this.#isUnread = isUnread;
  }

  get need(): Need {
    const entries = Math.min(this.#most - this.count, MAX_ENTRIES - this.#looked);
    return { entries, bytes: Number.POSITIVE_INFINITY };
  }

  get isFull(): boolean {
    return this.need.entries <= 0;
  }

  add(entry: Entry): boolean {
    if (this.isFull) return false;
    this.#looked += 1;
    if (this.#isUnread(entry)) this.count += 1;
    return true;
  }
}
