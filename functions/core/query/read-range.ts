import type { Entry } from "../../../protocol/index.ts";
import { entryBytes } from "../log/frame-packing.ts";
import type { LogPage, LogView } from "../log/log-view.ts";
import type { Interval } from "../log/readable-ranges.ts";
import { type VisibilityWindow, visibleEntries } from "../log/retention.ts";
import { type Need, SegmentEstimate } from "./segment-estimate.ts";

/** Entries without a gap within each interval. */
export interface EntryRun {
  readonly entries: Entry[];
  /** True if the limits left out entries, in the direction of reading. */
  readonly cut: boolean;
  /** Everything before this seq is hidden, because entries before it are not in the store any more. */
  readonly hiddenBefore?: number | undefined;
  /** True if no retention explains why they are gone: the table was restored, and lacks segments. */
  readonly hasHole?: boolean | undefined;
}

/** A part of a log, as a user may see it. */
export interface Reading {
  /** Ascending and disjoint. They begin at the first visible entry, as far as that is known. */
  readonly intervals: readonly Interval[];
  readonly window: VisibilityWindow;
}

interface Bounds extends Reading {
  readonly limit: number;
  readonly maxBytes: number;
}

/** Reads the first entries of some intervals, as many as the limits allow. */
export async function readOldest(
  view: LogView,
  { intervals, limit, maxBytes, window }: Bounds,
  signal: AbortSignal,
): Promise<EntryRun> {
  const page = new PageBuilder(limit, maxBytes);
  const estimate = new SegmentEstimate(view);
  for (const [from, to] of intervals) {
    let next = from;
    while (next <= to) {
      if (page.isFull) return page.run(true);
      const range = { fromSeq: next, toSeq: to, maxSegments: estimate.segmentsFor(page.need) };
      const read = await view.readForward(range, signal);
      estimate.observe(read.segments);
      for (const entry of entriesWithin(read, window, [next, to])) {
        if (entry.seq > next) page.hideBefore(entry.seq, window.sinceMs <= 0 || page.entries.length > 0);
        if (!page.add(entry)) return page.run(true);
        next = entry.seq + 1;
      }
      const end = endOf(read, to);
      if (next > end) continue;
      next = end + 1;
      page.hideBefore(next, window.sinceMs <= 0 || page.entries.length > 0);
    }
  }
  return page.run(false);
}

/** Returns the last seq that a page covers, whether it has entries there or not. */
function endOf({ complete, segments }: LogPage, to: number): number {
  return complete ? to : Math.min(to, segments.at(-1)?.entries.at(-1)?.seq ?? to);
}

/** Reads the last entries of some intervals, as many as the limits allow; still ascending. */
export async function readNewest(
  view: LogView,
  { limit, maxBytes, ...reading }: Bounds,
  signal: AbortSignal,
): Promise<EntryRun> {
  const page = new PageBuilder(limit, maxBytes);
  const { cut, ...run } = await scanBack(view, reading, page, signal);
  return { ...run, cut, entries: page.entries.toReversed() };
}

/** Takes entries, newest first. */
export interface Scan {
  readonly need: Need;
  /** True if it takes no further entry. */
  readonly isFull: boolean;
  /** Returns false if it does not take the entry. */
  add(entry: Entry): boolean;
}

/** Reads the entries of some intervals backwards until the scan takes no more. */
export async function scanBack(
  view: LogView,
  { intervals, window }: Reading,
  scan: Scan,
  signal: AbortSignal,
): Promise<Omit<EntryRun, "entries">> {
  const estimate = new SegmentEstimate(view);
  for (const [from, to] of intervals.toReversed()) {
    let next = to;
    while (next >= from) {
      if (scan.isFull) return { cut: true };
      const range = { fromSeq: from, toSeq: next, maxSegments: estimate.segmentsFor(scan.need) };
      const read = await view.readBackward(range, signal);
      estimate.observe(read.segments);
      for (const entry of entriesWithin(read, window, [from, next]).toReversed()) {
        if (entry.seq < next) return { cut: false, hiddenBefore: next + 1, hasHole: true };
        if (!scan.add(entry)) return { cut: true };
        next = entry.seq - 1;
      }
      const start = startOf(read, from);
      if (next >= start) return { cut: false, hiddenBefore: next + 1, hasHole: window.sinceMs <= 0 };
    }
  }
  return { cut: false };
}

/** Returns the first seq that a page read backwards covers, whether it has entries there or not. */
function startOf({ complete, segments }: LogPage, from: number): number {
  return complete ? from : Math.max(from, segments[0]?.entries[0]?.seq ?? from);
}

function entriesWithin(page: LogPage, window: VisibilityWindow, [from, to]: Interval): Entry[] {
  return visibleEntries(page, window).filter(({ seq }) => seq >= from && seq <= to);
}

class PageBuilder implements Scan {
  entries: Entry[] = [];
  readonly #limit: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #hiddenBefore: number | undefined;
  #hasHole = false;

  constructor(limit: number, maxBytes: number) {
    this.#limit = limit;
    this.#maxBytes = maxBytes;
  }

  get need(): Need {
    return { entries: this.#limit - this.entries.length, bytes: this.#maxBytes - this.#bytes };
  }

  get isFull(): boolean {
    return this.entries.length === this.#limit;
  }

  add(entry: Entry): boolean {
    const bytes = this.#bytes + entryBytes(entry);
    if (this.isFull || bytes > this.#maxBytes) return false;
    this.#bytes = bytes;
    this.entries.push(entry);
    return true;
  }

  /** Drops the entries before a gap: like those that have expired, they are not shown any more. */
  hideBefore(seq: number, isHole: boolean): void {
    this.entries = [];
    this.#bytes = 0;
    this.#hiddenBefore = seq;
    this.#hasHole ||= isHole;
  }

  run(cut: boolean): EntryRun {
    const hidden = { hiddenBefore: this.#hiddenBefore, hasHole: this.#hasHole };
    return { entries: this.entries, cut, ...(this.#hiddenBefore !== undefined && hidden) };
  }
}
