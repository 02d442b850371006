import pMap from "p-map";
import { type Entry, LIMITS } from "../../../protocol/index.ts";
import type { ConversationLog, Head } from "../../ports/conversation-log.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { seqOfCursor } from "./epoch.ts";
import { type LogPart, LogView } from "./log-view.ts";

/** Largest gap between seqs that one request reads: the few more entries cost less than another request. */
const MAX_GAP = 50;
const CONCURRENT_READS = 10;
/** Segments that are read for any frame to find its repeat: they hold the newest hundred short messages or more. */
const NEAR_SEGMENTS = 2;

/**
 * Entries that one invocation has read of a conversation, as they were at one head: to recognise repeats, to answer and
 * to push. The entries of the head's tail are known from the beginning.
 */
export class EntryCache {
  readonly #view: LogView;
  readonly #head: Head;
  readonly #entries = new Map<number, Entry>();
  readonly #parts = new Map<number, LogPart>();
  readonly #seqByKey = new Map<string, number>();
  /** Every entry from this seq to the end of the log is cached. */
  #knownFromSeq: number;
  #inheritsOvertaken = false;

  constructor(log: Pick<ConversationLog, "readForward" | "readBackward">, conversation: string, head: Head) {
    this.#view = new LogView(log, conversation, head);
    this.#head = head;
    this.#knownFromSeq = head.tailFirst;
    this.add([{ entries: head.tail }]);
  }

  /** True if an entry may have been changed after the head was read: see {@link LogView.isOvertaken}. */
  get isOvertaken(): boolean {
    return this.#inheritsOvertaken || this.#view.isOvertaken;
  }

  /** Takes over what was known at an earlier head, but not how it is divided into segments. */
  inherit(earlier: EntryCache): void {
    this.#inheritsOvertaken = earlier.isOvertaken;
    for (const [seq, entry] of earlier.#entries) if (!this.#entries.has(seq)) this.#learn(entry);
    this.#knownFromSeq = Math.min(this.#knownFromSeq, earlier.#knownFromSeq);
  }

  add(parts: readonly LogPart[]): void {
    for (const part of parts) {
      for (const entry of part.entries) {
        this.#parts.set(entry.seq, part);
        this.#learn(entry);
      }
    }
  }

  #learn(entry: Entry): void {
    this.#entries.set(entry.seq, entry);
    this.#seqByKey.set(entryKey(entry.sender, entry.id), entry.seq);
  }

  seqOf(sender: string, entryId: string): number | undefined {
    return this.#seqByKey.get(entryKey(sender, entryId));
  }

  /** Undefined if the entry was not read, or is gone because its retention is over. */
  get(seq: number): Entry | undefined {
    return this.#entries.get(seq);
  }

  /** Returns those of the entries that are known. */
  found(seqs: readonly number[]): Entry[] {
    return seqs.flatMap((seq) => this.#entries.get(seq) ?? []);
  }

  /** Returns the segment with an entry, if it has been read; for an entry of the tail, all of the tail. */
  partOf(seq: number): LogPart | undefined {
    return this.#parts.get(seq);
  }

  /**
   * Reads every entry after the `seen` of a frame, among which a resend finds its earlier self. Returns the ids of the
   * frames for which that is too much to read, or cannot be known.
   *
   * @param mayReadFar asked about a user whose frame needs more than the newest segments: up to a page of the store
   */
  async readRepeats(
    frames: readonly PublishedFrame[],
    mayReadFar: (user: string) => boolean,
    signal: AbortSignal,
  ): Promise<Set<string>> {
    const head = this.#head;
    const stale = new Set<string>();
    const wanted: { frame: PublishedFrame; fromSeq: number }[] = [];
    for (const frame of frames) {
      const { seen } = frame;
      if (seen === undefined) continue;
      const seenSeq = seqSeen(head, seen);
      const isFar = seenSeq === undefined || head.lastSeq - seenSeq > LIMITS.seenWindow;
      // `seen` is ahead of the log: a restore lost what the device had seen.
      if (isFar || seenSeq > head.lastSeq) stale.add(frame.frame);
      else if (seenSeq < head.lastSeq) wanted.push({ frame, fromSeq: seenSeq + 1 });
    }
    const missing = () => wanted.filter(({ fromSeq }) => fromSeq < this.#knownFromSeq);
    // A back end's frame needs all that there is.
    const needsAll = wanted.some(({ frame }) => frame.seen === "recent");
    if (!needsAll) await this.#readBackTo(missing(), NEAR_SEGMENTS, signal);
    const users = new Set(missing().map(({ frame }) => frame.sender.user));
    const allowed = new Set([...users].filter(mayReadFar));
    const far = missing().filter(({ frame }) => allowed.has(frame.sender.user));
    await this.#readBackTo(far, LIMITS.seenWindow, signal);
    for (const { frame } of missing()) if (frame.seen !== "recent") stale.add(frame.frame);
    return stale;
  }

  /** Reads entries before those that are known, as far back as these frames need and one page of the store reaches. */
  async #readBackTo(
    wanted: readonly { readonly fromSeq: number }[],
    maxSegments: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (wanted.length === 0) return;
    const fromSeq = Math.min(...wanted.map((one) => one.fromSeq));
    const toSeq = this.#knownFromSeq - 1;
    // Backwards: a page that does not reach one frame's `seen` may still reach the others'.
    const page = await this.#view.readBackward({ fromSeq, toSeq, maxSegments }, signal);
    this.add(page.segments);
    // Entries missing at the beginning did not fit into the page. Those, and others, may be gone with their retention.
    for (const { entries } of page.segments.toReversed()) {
      if ((entries.at(-1)?.seq ?? 0) < this.#knownFromSeq - 1) break;
      this.#knownFromSeq = Math.min(entries[0]?.seq ?? this.#knownFromSeq, this.#knownFromSeq);
    }
  }

  /** Reads those of the entries that are not cached. Entries that are gone stay unknown. */
  async readSeqs(seqs: readonly number[], signal: AbortSignal): Promise<void> {
    const missing = seqs.filter((seq) => !this.#entries.has(seq));
    await pMap(runs(missing), (run) => this.#readRun(run, signal), { concurrency: CONCURRENT_READS });
  }

  /** Like {@link readSeqs}, with the whole segment of each. */
  async readParts(seqs: readonly number[], signal: AbortSignal): Promise<void> {
    const missing = seqs.filter((seq) => !this.#parts.has(seq));
    await pMap(runs(missing), (run) => this.#readRun(run, signal), { concurrency: CONCURRENT_READS });
  }

  async #readRun([fromSeq, toSeq]: readonly [number, number], signal: AbortSignal): Promise<void> {
    let next = fromSeq;
    while (next <= toSeq) {
      const page = await this.#view.readForward({ fromSeq: next, toSeq }, signal);
      this.add(page.segments);
      next = page.complete ? toSeq + 1 : (page.segments.at(-1)?.entries.at(-1)?.seq ?? toSeq) + 1;
    }
  }
}

function seqSeen(head: Head, seen: NonNullable<PublishedFrame["seen"]>): number | undefined {
  if (seen === "recent") return Math.max(0, head.lastSeq - LIMITS.seenWindow);
  return seen === 0 ? 0 : seqOfCursor(head, seen);
}

/** Key of an entry in a conversation: entry ids are unique per sender only. */
export function entryKey(sender: string, entryId: string): string {
  return `${entryId} ${sender}`;
}

/** Ranges that cover the seqs; ranges with a small gap between them are joined. */
function runs(seqs: readonly number[]): [from: number, to: number][] {
  const result: [number, number][] = [];
  for (const seq of [...seqs].sort((a, b) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && seq - last[1] <= MAX_GAP) last[1] = seq;
    else result.push([seq, seq]);
  }
  return result;
}
