import type { Cursor } from "../../../protocol/index.ts";
import type { Entry } from "../api/entry.ts";

/**
 * The position of this device in the log of one conversation. Entries may come in any order and repeatedly (pushes,
 * acks, sync, history); each is released once and in the order of the log. Only entries after a hole are buffered.
 *
 * Begins without a position, in epoch 0: every entry is ahead of it until `start` says where to begin.
 */
export class ConversationLog {
  /** The first seq this user can read. */
  firstSeq = 1;
  /** The other side of a direct conversation, as far as it is known. */
  peer: string | undefined;
  #epoch = 0;
  #startSeq = 0;
  #oldestSeq = 1;
  #appliedSeq = 0;
  #knownSeq = 0;
  /** Entries of this epoch that wait behind a hole, by seq. */
  readonly #buffered = new Map<number, Entry>();
  /** Entries of a newer epoch that this device has not entered yet. */
  #ahead: { epoch: number; entries: Entry[] } | undefined;

  get started(): boolean {
    return this.#epoch > 0;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Entries released since the last `start` begin after this seq. */
  get startSeq(): number {
    return this.#startSeq;
  }

  /** The lowest seq on this device, including older entries that were loaded. */
  get oldestSeq(): number {
    return this.#oldestSeq;
  }

  /** All entries up to this seq have been released. */
  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  get cursor(): Cursor | undefined {
    return this.started ? [this.#epoch, this.#appliedSeq] : undefined;
  }

  /** True if entries are missing that are known to be in the log. */
  get hasHole(): boolean {
    return this.started && this.#knownSeq > this.#appliedSeq;
  }

  /** The entries that wait behind a hole, in no particular order. */
  get buffered(): Iterable<Entry> {
    return this.#buffered.values();
  }

  /** True if entries wait for a newer epoch that this device has not entered yet. */
  get hasEntriesAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** Begins, or begins again, after `seq`. Returns the buffered entries of this epoch that are due. */
  start(epoch: number, seq: number): Entry[] {
    if (epoch !== this.#epoch) {
      this.#buffered.clear();
      this.#knownSeq = 0;
    }
    this.#epoch = epoch;
    this.#startSeq = seq;
    this.#oldestSeq = seq + 1;
    this.#advanceTo(seq);
    return this.#replayAhead();
  }

  /** Skips entries before `seq` that were not released: they date from when the user was not a member. */
  skipTo(seq: number): Entry[] {
    if (!this.started || seq <= this.#appliedSeq + 1) return [];
    this.#advanceTo(seq - 1);
    return this.#takeDue();
  }

  /** Continues in a newer epoch whose log is the same up to the current position. */
  continueIn(epoch: number): Entry[] {
    this.#buffered.clear();
    this.#epoch = epoch;
    this.#knownSeq = this.#appliedSeq;
    return this.#replayAhead();
  }

  /** Adds entries, and returns those that are due now. Entries of an older epoch are ignored. */
  receive(epoch: number, entries: readonly Entry[]): Entry[] {
    if (epoch < this.#epoch) return [];
    if (epoch > this.#epoch) {
      if (this.#ahead === undefined || this.#ahead.epoch < epoch) this.#ahead = { epoch, entries: [] };
      if (this.#ahead.epoch === epoch) this.#ahead.entries.push(...entries);
      return [];
    }
    for (const entry of entries) {
      if (entry.seq <= this.#appliedSeq) continue;
      this.#buffered.set(entry.seq, entry);
      this.#knownSeq = Math.max(this.#knownSeq, entry.seq);
    }
    return this.#takeDue();
  }

  /** Notes that the entries from `seq` up to `oldestSeq` were loaded. */
  loadedFrom(seq: number): void {
    this.#oldestSeq = Math.min(this.#oldestSeq, seq);
  }

  /** Notes that entries before `seq` were dropped, so that they can be loaded again. */
  forgetBefore(seq: number): void {
    this.#oldestSeq = Math.max(this.#oldestSeq, seq);
  }

  /** Notes that the log reaches at least to `lastSeq`. */
  noteLastSeq(epoch: number, lastSeq: number): void {
    if (epoch === this.#epoch) this.#knownSeq = Math.max(this.#knownSeq, lastSeq);
  }

  /** Moves the position to `seq`: nothing up to it will be released any more. */
  #advanceTo(seq: number): void {
    this.#appliedSeq = seq;
    this.#knownSeq = Math.max(this.#knownSeq, seq);
    for (const buffered of this.#buffered.keys()) if (buffered <= seq) this.#buffered.delete(buffered);
  }

  #replayAhead(): Entry[] {
    const ahead = this.#ahead;
    if (ahead === undefined || ahead.epoch > this.#epoch) return this.#takeDue();
    this.#ahead = undefined;
    return this.receive(ahead.epoch, ahead.entries);
  }

  #takeDue(): Entry[] {
    const due: Entry[] = [];
    for (;;) {
      const entry = this.#buffered.get(this.#appliedSeq + 1);
      if (entry === undefined) break;
      this.#buffered.delete(entry.seq);
      this.#appliedSeq = entry.seq;
      due.push(entry);
    }
    return due;
  }
}
