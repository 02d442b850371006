import { type Entry, isContent, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import type {
  Conversation,
  EntryOutcome,
  FrameOutcome,
  Member,
  Segment,
} from "../../ports/conversation-log.ts";
import { addToDedupWindow } from "./dedup-window.ts";
import { rowsChanged } from "./kind-rules.ts";

/** One write of a plan: a plain put if it is a segment alone, a transaction otherwise. */
export interface PlannedWrite {
  readonly creates: boolean;
  /** Undefined for a control, which changes only rows. */
  readonly segment: Segment | undefined;
  /** State of the conversation after the write. */
  readonly after: Conversation;
  readonly members: readonly Member[];
  readonly rewritten: readonly Segment[];
  /** True if more changes than the end of the log. */
  readonly isChange: boolean;
}

/** Most bytes of a new segment: well below DynamoDB's 400 KB an item. A client's frame has at most 32 KB. */
const SEGMENT_BYTES = 200 * 1024;
/** Most bytes to which edits and reactions may make a segment grow. */
const GROWN_SEGMENT_BYTES = 350 * 1024;
/**
 * Most rewritten bytes of one transaction. DynamoDB allows 4 MB, but also 1 000 write units a second for one partition,
 * and a transaction takes two units a kilobyte.
 */
const REWRITTEN_BYTES = 400 * 1024;
/** Most rows and rewritten segments of one transaction. DynamoDB allows 100 actions; head and segment are two. */
const ROWS = 88;
/** Bytes that the server adds to an entry: seq, sender, time. */
const ENTRY_OVERHEAD_BYTES = 512;

interface Draft {
  entries: Entry[];
  decided: FrameOutcome[];
  bytes: number;
  rows: number;
  isControl: boolean;
  users: Set<string>;
  rewritten: Map<number, Segment>;
  after: Conversation;
}

/** Most that a frame may take of a write. */
export interface FrameSize {
  readonly entries: number;
  readonly bytes: number;
  /** Member and inbox rows, and rewritten segments. */
  readonly rows: number;
}

export function frameSize(entries: readonly { kind: string; body: unknown }[]): FrameSize {
  return {
    entries: entries.length,
    bytes: utf8Bytes(JSON.stringify(entries)) + entries.length * ENTRY_OVERHEAD_BYTES,
    rows: entries.reduce((sum, entry) => sum + rowsChanged(entry), 0),
  };
}

/**
 * Gathers what a batch appends and changes into as few writes as hold it. A frame is never split: a segment records the
 * frames decided since the segment before it, so a reader of the log knows exactly which frames are in it.
 */
export class Writes {
  readonly #drafts: Draft[] = [];
  readonly #stored: (seq: number) => Segment | undefined;
  readonly #expiresAtMs: (after: Conversation, entries: readonly Entry[]) => number | undefined;
  /**
   * Frames decided since the last write that have no entry of their own. The next write records them, or the last one.
   */
  #waiting: FrameOutcome[] = [];

  constructor(
    stored: (seq: number) => Segment | undefined,
    expiresAtMs: (after: Conversation, entries: readonly Entry[]) => number | undefined,
  ) {
    this.#stored = stored;
    this.#expiresAtMs = expiresAtMs;
  }

  /** Chooses the write for the next frame: the current one, or a new one on the state `before`. */
  begin(size: FrameSize, before: Conversation): void {
    const last = this.#drafts.at(-1);
    const fits =
      last !== undefined &&
      !last.isControl &&
      last.entries.length + size.entries <= LIMITS.entriesPerFrame &&
      last.bytes + size.bytes <= SEGMENT_BYTES &&
      last.rows + size.rows <= ROWS;
    const draft = fits ? last : this.#open(before);
    draft.bytes += size.bytes;
    draft.rows += size.rows;
  }

  control(after: Conversation, users: readonly string[], decided: FrameOutcome): void {
    const draft = this.#open(after);
    draft.isControl = true;
    draft.users = new Set(users);
    draft.decided = [...this.#takeWaiting(), decided];
  }

  append(entry: Entry, after: Conversation): void {
    const draft = this.#current();
    draft.entries.push(entry);
    draft.after = after;
  }

  /** Marks rows of these users as changed by the current write. */
  touch(users: readonly string[]): void {
    const draft = this.#current();
    for (const user of users) draft.users.add(user);
  }

  /** Returns an entry as this batch has left it so far. */
  find(seq: number): Entry | undefined {
    return this.#segment(seq)?.entries.find((entry) => entry.seq === seq);
  }

  /**
   * Replaces entries in whichever segment they are, and leaves out those that are gone. Returns false, and replaces
   * nothing, if a segment or the rewritten segments together would grow too large.
   */
  replace(entries: readonly Entry[]): boolean {
    const draft = this.#current();
    const rewritten = new Map(draft.rewritten);
    const own = [...draft.entries];
    for (const entry of entries) {
      const within = own.findIndex(({ seq }) => seq === entry.seq);
      const known = [...rewritten.values()].find((candidate) => holds(candidate, entry.seq));
      const segment = within === -1 ? (known ?? this.#segment(entry.seq)) : undefined;
      if (within !== -1) own[within] = entry;
      else if (segment !== undefined) {
        const changed = segment.entries.map((candidate) => (candidate.seq === entry.seq ? entry : candidate));
        rewritten.set(changed[0]?.seq ?? entry.seq, { ...segment, entries: changed });
      }
    }
    const sizes = [...rewritten.values()].map((segment) => bytesOf(segment.entries));
    if (Math.max(bytesOf(own), ...sizes) > GROWN_SEGMENT_BYTES) return false;
    if (sizes.reduce((sum, size) => sum + size, 0) > REWRITTEN_BYTES) return false;
    draft.rewritten = rewritten;
    draft.entries = own;
    return true;
  }

  /** Records the outcomes of a frame. Its entries, if any, are in the current write. */
  recordOutcomes(frame: string, outcomes: readonly EntryOutcome[], hasEntries: boolean): void {
    const decided = { frame, outcomes };
    if (hasEntries) this.#current().decided.push(...this.#takeWaiting(), decided);
    else this.#waiting.push(decided);
  }

  /** Returns the writes in order. The last one also records the frames decided after it. */
  planned(before: Conversation | undefined): PlannedWrite[] {
    const drafts = this.#drafts.filter(({ entries, isControl }) => isControl || entries.length > 0);
    drafts.at(-1)?.decided.push(...this.#takeWaiting());
    let window = before?.head.decided ?? [];
    return drafts.map((draft, index) => {
      window = addToDedupWindow(window, draft.decided);
      const creates = before === undefined && index === 0;
      return finished(draft, { decided: window, segment: this.#segmentOf(draft), creates });
    });
  }

  #takeWaiting(): FrameOutcome[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  #segmentOf(draft: Draft): Segment | undefined {
    const { isControl, entries, decided, after } = draft;
    if (isControl) return undefined;
    const expiresAtMs = this.#expiresAtMs(after, entries);
    return { entries, decided, ...(expiresAtMs !== undefined && { expiresAtMs }) };
  }

  /** Returns the segment with this seq as this batch has left it so far. */
  #segment(seq: number): Segment | undefined {
    for (const draft of this.#drafts.toReversed()) {
      for (const segment of draft.rewritten.values()) if (holds(segment, seq)) return segment;
      if (draft.entries.some((entry) => entry.seq === seq)) return this.#segmentOf(draft);
    }
    return this.#stored(seq);
  }

  #current(): Draft {
    const draft = this.#drafts.at(-1);
    if (draft === undefined) throw new RangeError("no write was begun");
    return draft;
  }

  #open(after: Conversation): Draft {
    const draft: Draft = {
      entries: [],
      decided: [],
      bytes: 0,
      rows: 0,
      isControl: false,
      users: new Set(),
      rewritten: new Map(),
      after,
    };
    this.#drafts.push(draft);
    return draft;
  }
}

function finished(
  { users, rewritten, isControl, after }: Draft,
  write: { decided: readonly FrameOutcome[]; segment: Segment | undefined; creates: boolean },
): PlannedWrite {
  const { decided, segment, creates } = write;
  const { members } = after;
  // Rows of a conversation that began with a block say that it has no entries, so the first entry changes all of them.
  const isFirst = creates || segment?.entries[0]?.seq === 1;
  return {
    creates,
    segment,
    after: { ...after, head: { ...after.head, decided } },
    members: isFirst ? members : members.filter(({ user }) => users.has(user)),
    rewritten: [...rewritten.values()],
    // A reader of the log can apply content to the head; any other entry must be written together with the head.
    isChange: isFirst || isControl || !(segment?.entries ?? []).every(({ kind }) => isContent(kind)),
  };
}

function bytesOf(entries: readonly Entry[]): number {
  return utf8Bytes(JSON.stringify(entries));
}

function holds({ entries }: Segment, seq: number): boolean {
  return (entries[0]?.seq ?? 0) <= seq && (entries.at(-1)?.seq ?? 0) >= seq;
}
