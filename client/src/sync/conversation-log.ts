import type { Cursor } from "../../../protocol/index.ts";
import type { Entry } from "../api/entry.ts";

/**
 * Where this device stands in the log of one conversation. Whatever order and however often entries come in
 * (pushes, acks, sync, history), each comes out once and in the order of the log. It holds no entries but those
 * behind a hole.
 *
 * It begins without a position, as epoch 0: then every entry is ahead of it, and `start` must say where to begin.
 */
export class ConversationLog {
  /** The first seq this user can read. */
  firstSeq = 1;
  #epoch = 0;
  #start = 0;
  #oldest = 1;
  #applied = 0;
  #known = 0;
  /** Entries of this epoch behind a hole. */
  readonly #early = new Map<number, Entry>();
  /** Entries of an epoch this device has not been told to enter yet. */
  #ahead: { epoch: number; entries: Entry[] } | undefined;

  get started(): boolean {
    return this.#epoch > 0;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** What came out since the last `start` begins after this seq. */
  get startSeq(): number {
    return this.#start;
  }

  /** The lowest seq this device has got, counting what it loaded of the time before `start`. */
  get oldestSeq(): number {
    return this.#oldest;
  }

  /** Everything up to here has come out. */
  get appliedSeq(): number {
    return this.#applied;
  }

  get cursor(): Cursor | undefined {
    return this.started ? [this.#epoch, this.#applied] : undefined;
  }

  /** Is something missing that is known to be in the log? */
  get hasHole(): boolean {
    return this.started && this.#known > this.#applied;
  }

  /** What has come and waits behind a hole, in no particular order. */
  get early(): Iterable<Entry> {
    return this.#early.values();
  }

  /** Do entries wait for an epoch this device has not been told to enter? */
  get isAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** Begins, or begins again, after `seq`; what was held of this epoch and is due comes out. */
  start(epoch: number, seq: number): Entry[] {
    if (epoch !== this.#epoch) {
      this.#early.clear();
      this.#known = 0;
    }
    this.#epoch = epoch;
    this.#start = seq;
    this.#oldest = seq + 1;
    this.#pass(seq);
    return this.#enter();
  }

  /** What lies before `seq` and has not come out cannot be read: a time when this user was no member. */
  skipTo(seq: number): Entry[] {
    if (!this.started || seq <= this.#applied + 1) return [];
    this.#pass(seq - 1);
    return this.#due();
  }

  /** Goes on in a newer epoch whose log agrees with this one's up to the position held. */
  continueIn(epoch: number): Entry[] {
    this.#early.clear();
    this.#epoch = epoch;
    this.#known = this.#applied;
    return this.#enter();
  }

  /** Takes entries in; returns those that are due now. Those of an older epoch are void. */
  receive(epoch: number, entries: readonly Entry[]): Entry[] {
    if (epoch < this.#epoch) return [];
    if (epoch > this.#epoch) {
      if (this.#ahead === undefined || this.#ahead.epoch < epoch) this.#ahead = { epoch, entries: [] };
      if (this.#ahead.epoch === epoch) this.#ahead.entries.push(...entries);
      return [];
    }
    for (const entry of entries) {
      if (entry.seq <= this.#applied) continue;
      this.#early.set(entry.seq, entry);
      this.#known = Math.max(this.#known, entry.seq);
    }
    return this.#due();
  }

  /** Entries from `seq` on were loaded, down from `oldestSeq`. */
  loadedFrom(seq: number): void {
    this.#oldest = Math.min(this.#oldest, seq);
  }

  /** Entries before `seq` were let go of: they are to be loaded again. */
  forgetBefore(seq: number): void {
    this.#oldest = Math.max(this.#oldest, seq);
  }

  /** The log is known to reach to `lastSeq`. */
  noteLastSeq(epoch: number, lastSeq: number): void {
    if (epoch === this.#epoch) this.#known = Math.max(this.#known, lastSeq);
  }

  /** Nothing up to `seq` is to come out any more. */
  #pass(seq: number): void {
    this.#applied = seq;
    this.#known = Math.max(this.#known, seq);
    for (const early of this.#early.keys()) if (early <= seq) this.#early.delete(early);
  }

  #enter(): Entry[] {
    const ahead = this.#ahead;
    if (ahead === undefined || ahead.epoch > this.#epoch) return this.#due();
    this.#ahead = undefined;
    return this.receive(ahead.epoch, ahead.entries);
  }

  #due(): Entry[] {
    const due: Entry[] = [];
    for (;;) {
      const entry = this.#early.get(this.#applied + 1);
      if (entry === undefined) break;
      this.#early.delete(entry.seq);
      this.#applied = entry.seq;
      due.push(entry);
    }
    return due;
  }
}
