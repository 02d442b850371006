import { type Entry, LIMITS } from "../../../protocol/index.ts";
import { entryBytes } from "../log/frame-packing.ts";
import type { LogPart, LogView } from "../log/log-view.ts";

/** Entries that a reader still has room for. */
export interface Need {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Estimates how many segments hold what a reader needs, from the entries it has seen. It rounds down: another read
 * costs a round trip, an entry that is read and not sent costs money for ever.
 */
export class SegmentEstimate {
  readonly #tail: readonly Entry[];
  #entries = 0;
  #bytes = 0;
  #segments = 0;
  #entriesInSegments = 0;

  constructor({ head }: LogView) {
    this.#tail = head.tail;
    this.#addEntries(head.tail);
  }

  observe(parts: readonly LogPart[]): void {
    for (const { entries } of parts) {
      if (entries === this.#tail) continue;
      this.#addEntries(entries);
      this.#segments += 1;
      this.#entriesInSegments += entries.length;
    }
  }

  /** Returns the number of segments to read next: at least one, at most twice as many as have been read. */
  segmentsFor({ entries, bytes }: Need): number {
    if (this.#entries === 0) return 1;
    const wanted = Math.min(entries, (bytes / this.#bytes) * this.#entries);
    const isFirstRead = this.#segments === 0;
    const perSegment = isFirstRead ? LIMITS.entriesPerFrame : this.#entriesInSegments / this.#segments;
    const most = isFirstRead ? Number.POSITIVE_INFINITY : 2 * this.#segments;
    return Math.min(most, Math.max(1, Math.floor(wanted / perSegment)));
  }

  #addEntries(entries: readonly Entry[]): void {
    this.#entries += entries.length;
    for (const entry of entries) this.#bytes += entryBytes(entry);
  }
}
