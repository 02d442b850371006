import type { Entry } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import { entryBytes } from "../log/frame-packing.ts";
import type { Interval } from "../log/readable-ranges.ts";
import { type VisibilityWindow, visibleEntries } from "../log/retention.ts";

/** Entries without a gap within each interval; `cut` if there are more than the limits allow. */
export interface EntryRun {
  readonly entries: Entry[];
  readonly cut: boolean;
}

interface Bounds {
  /** Ascending and disjoint. */
  readonly intervals: readonly Interval[];
  readonly limit: number;
  readonly maxBytes: number;
  readonly window: VisibilityWindow;
}

/** Reads the first entries of some intervals, as many as the limits allow. */
export async function readOldest(
  log: ConversationLog,
  conversation: string,
  { intervals, limit, maxBytes, window }: Bounds,
  signal: AbortSignal,
): Promise<EntryRun> {
  const builder = new PageBuilder(limit, maxBytes);
  for (const [from, to] of intervals) {
    let next = from;
    while (next <= to) {
      const page = await log.readForward(
        conversation,
        { fromSeq: next, toSeq: to, maxSegments: limit },
        signal,
      );
      const entries = visibleEntries(page, window).filter(({ seq }) => seq >= next && seq <= to);
      if (!builder.add(entries)) return { entries: builder.entries, cut: true };
      if (page.complete) break;
      next = (page.segments.at(-1)?.entries.at(-1)?.seq ?? to) + 1;
    }
  }
  return { entries: builder.entries, cut: false };
}

/** Reads the last entries of some intervals, as many as the limits allow; still ascending. */
export async function readNewest(
  log: ConversationLog,
  conversation: string,
  { intervals, limit, maxBytes, window }: Bounds,
  signal: AbortSignal,
): Promise<EntryRun> {
  const builder = new PageBuilder(limit, maxBytes);
  const result = (cut: boolean) => ({ entries: builder.entries.toReversed(), cut });
  for (const [from, to] of intervals.toReversed()) {
    let next = to;
    while (next >= from) {
      const page = await log.readBackward(
        conversation,
        { fromSeq: from, toSeq: next, maxSegments: limit },
        signal,
      );
      const entries = visibleEntries(page, window).filter(({ seq }) => seq >= from && seq <= next);
      if (!builder.add(entries.toReversed())) return result(true);
      const first = page.segments[0]?.entries[0];
      if (page.complete || first === undefined) break;
      // Everything before a hidden entry is hidden too.
      if (first.sentAtMs < window.sinceMs) return result(false);
      next = first.seq - 1;
    }
  }
  return result(false);
}

class PageBuilder {
  readonly entries: Entry[] = [];
  readonly #limit: number;
  #room: number;

  constructor(limit: number, maxBytes: number) {
    this.#limit = limit;
    this.#room = maxBytes;
  }

  /** Adds entries until a limit is reached. Returns false if not all of them fit. */
  add(entries: readonly Entry[]): boolean {
    for (const entry of entries) {
      this.#room -= entryBytes(entry);
      if (this.entries.length === this.#limit || this.#room < 0) return false;
      this.entries.push(entry);
    }
    return true;
  }
}
