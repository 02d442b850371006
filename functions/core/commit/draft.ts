import { type Entry, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import type { Conversation, FrameOutcome, Head } from "../../ports/conversation-log.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { LogPart } from "../log/log-view.ts";
import { addToDedupWindow } from "./dedup-window.ts";
import { type DraftedWrite, SEGMENT_BYTES, tailBytes } from "./head-write.ts";
import { rowsChanged } from "./kind-rules.ts";
import { type Refusal, refuse } from "./permission.ts";

/** Most entries of a write: those of a whole batch. */
const ENTRIES = 10 * LIMITS.entriesPerFrame;
/** Most bytes to which edits and reactions may make a segment grow. */
const GROWN_SEGMENT_BYTES = 350 * 1024;
/**
 * Most rewritten bytes of one write with several frames. DynamoDB allows 4 MB, but also 1 000 write units a second for
 * one partition, and a transaction takes two units a kilobyte.
 */
const REWRITTEN_BYTES = 400 * 1024;
/** The same for a frame that is alone in its write. */
const REWRITTEN_BYTES_OF_FRAME = 3 * 1024 * 1024;
/** Most rows and rewritten segments of one write. DynamoDB allows 100 actions; head and new segments are up to 17. */
const ROWS = 83;
/** Bytes that the server adds to an entry: seq, sender, time. */
const ENTRY_OVERHEAD_BYTES = 512;

/** Most that a frame may take of a write. */
interface FrameSize {
  readonly entries: number;
  readonly bytes: number;
  /** Member and inbox rows, and rewritten segments. */
  readonly rows: number;
}

/** Gathers what frames change, for one write. A frame is never split between writes. */
export class Draft {
  readonly #before: Head | undefined;
  readonly #stored: (seq: number) => LogPart | undefined;
  readonly #appended: Entry[] = [];
  readonly #frames: PublishedFrame[] = [];
  readonly #users = new Set<string>();
  readonly #speakers = new Map<string, readonly string[]>();
  #rewritten: ReadonlyMap<number, LogPart> = new Map();
  #rewritesTail = false;
  #isBegun = false;
  #isEmpty = true;
  #size: FrameSize = { entries: 0, bytes: 0, rows: 0 };

  /** @param stored returns the stored segment with an entry below the tail, if it exists */
  constructor(before: Head | undefined, stored: (seq: number) => LogPart | undefined) {
    this.#before = before;
    this.#stored = stored;
  }

  /** True if there is nothing to write: every frame that was begun has been refused. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /**
   * Takes the next frame into this write. Returns false if it does not fit; the first one always does.
   *
   * @param speakerRows rows that change because its sender has not spoken before
   */
  begin(entries: readonly { kind: string; body: unknown }[], speakerRows = 0): boolean {
    const size = sizeOf(entries);
    const sum = {
      entries: this.#size.entries + size.entries,
      bytes: this.#size.bytes + size.bytes,
      rows: this.#size.rows + size.rows + speakerRows,
    };
    const fits = sum.entries <= ENTRIES && sum.bytes <= SEGMENT_BYTES && sum.rows <= ROWS;
    if (this.#isBegun && !(fits && this.#fitsRewritten(entries))) return false;
    this.#isBegun = true;
    this.#size = sum;
    return true;
  }

  append(entry: Entry): void {
    this.#isEmpty = false;
    this.#appended.push(entry);
  }

  /** Notes a frame that has entries in this write. */
  addFrame(frame: PublishedFrame): void {
    this.#frames.push(frame);
  }

  /** Notes that the head changes, and the rows of these users. */
  touch(users: readonly string[]): void {
    this.#isEmpty = false;
    for (const user of users) this.#users.add(user);
  }

  /** Notes that a member has spoken, and the users whose rows change with it. */
  addSpeaker(speaker: string, users: readonly string[]): void {
    if (users.length > 0) this.#speakers.set(speaker, users);
  }

  /** Returns an entry below the tail as this draft has left it so far. */
  find(seq: number): Entry | undefined {
    return this.#part(seq)?.entries.find((entry) => entry.seq === seq);
  }

  /**
   * Replaces entries, in the tail of `head` or in their segments, and leaves out those that are gone. Returns the head
   * after that; or replaces nothing, and returns the refusal. A deletion is never too large for its segment. What is
   * only too much for one frame may be sent again.
   */
  replace(head: Head, entries: readonly Entry[]): Head | Refusal {
    const bySeq = new Map(entries.map((entry) => [entry.seq, entry]));
    const newest = (entry: Entry) => bySeq.get(entry.seq) ?? entry;
    // Its time makes a segment grow by some bytes, at most once for each entry: the store has room for that.
    const isDeletion = entries.some(({ deletedAtMs }) => deletedAtMs !== undefined);
    const rewritten = new Map(this.#rewritten);
    for (const { seq } of entries) {
      const part = seq < head.tailFirst ? this.#part(seq, rewritten) : undefined;
      if (part === undefined) continue;
      const changed = { ...part, entries: part.entries.map(newest) };
      if (!isDeletion && isTooLarge(changed, part)) return refuse("too_large");
      rewritten.set(changed.entries[0]?.seq ?? seq, changed);
    }
    if (bytesOf(rewritten.values()) > REWRITTEN_BYTES_OF_FRAME) return refuse("rate_limited");
    this.#rewritten = rewritten;
    const lastBefore = this.#before?.lastSeq ?? 0;
    this.#rewritesTail ||= entries.some(({ seq }) => seq >= head.tailFirst && seq <= lastBefore);
    return { ...head, tail: head.tail.map(newest) };
  }

  /** Returns the write that leaves the conversation in this state, and records these outcomes. */
  drafted({ head, ...rest }: Conversation, decided: readonly FrameOutcome[]): DraftedWrite {
    const after = { ...rest, head: { ...head, decided: addToDedupWindow(head.decided, decided) } };
    return {
      before: this.#before,
      after,
      appended: this.#appended
        .map(({ seq }) => head.tail[seq - head.tailFirst])
        .filter((entry) => entry !== undefined),
      frames: this.#frames,
      rewritten: this.#rewritten,
      rewritesTail: this.#rewritesTail,
      users: this.#users,
      speakers: this.#speakers,
    };
  }

  #part(seq: number, rewritten = this.#rewritten): LogPart | undefined {
    for (const part of rewritten.values()) if (holds(part, seq)) return part;
    return this.#stored(seq);
  }

  /** True if the segments that these entries rewrite fit beside those of the frames before. */
  #fitsRewritten(entries: readonly { body: unknown }[]): boolean {
    const parts = new Map(this.#rewritten);
    for (const { body } of entries) {
      const { of } = body as { of?: unknown };
      const target = typeof of === "number" ? this.#part(of) : undefined;
      const edit = target?.entries.find(({ seq }) => seq === of)?.editSeq;
      const edited = edit === undefined ? undefined : this.#part(edit);
      for (const part of [target, edited]) if (part !== undefined) parts.set(part.entries[0]?.seq ?? 0, part);
    }
    return parts.size === this.#rewritten.size || bytesOf(parts.values()) <= REWRITTEN_BYTES;
  }
}

function sizeOf(entries: readonly { kind: string; body: unknown }[]): FrameSize {
  return {
    entries: entries.length,
    bytes: utf8Bytes(JSON.stringify(entries)) + entries.length * ENTRY_OVERHEAD_BYTES,
    rows: entries.reduce((sum, entry) => sum + rowsChanged(entry), 0),
  };
}

function bytesOf(parts: Iterable<LogPart>): number {
  return [...parts].reduce((sum, { entries }) => sum + tailBytes(entries), 0);
}

function isTooLarge(changed: LogPart, before: LogPart): boolean {
  const bytes = tailBytes(changed.entries);
  return bytes > GROWN_SEGMENT_BYTES && bytes > tailBytes(before.entries);
}

function holds({ entries }: LogPart, seq: number): boolean {
  return (entries[0]?.seq ?? 0) <= seq && (entries.at(-1)?.seq ?? 0) >= seq;
}
