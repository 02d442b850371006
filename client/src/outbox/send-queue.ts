import type { NewEntry } from "../api/entry.ts";
import { composeFrame } from "./compose-frame.ts";
import type { ComposedFrame, FrameTarget, Seen } from "./composed-frame.ts";
import type { QueueRecord } from "./queue-record.ts";

interface OpenFrame extends ComposedFrame {
  /** Entries that are not answered yet. */
  readonly open: NewEntry[];
}

/**
 * The unacknowledged entries of one conversation, in the order in which they were written. One frame is under way at a
 * time, since API Gateway keeps no order between frames; entries written meanwhile share the next one.
 */
export class SendQueue {
  target: FrameTarget;
  readonly #frames: OpenFrame[] = [];
  /** Entries of a withdrawn frame, to be composed again before the frames after it. */
  #recompose: NewEntry[] = [];
  readonly #unsent: NewEntry[] = [];
  #since: Seen = 0;
  #withdrawals = 0;

  constructor(target: FrameTarget) {
    this.target = target;
  }

  /** Number of frames withdrawn since an entry was last answered. */
  get withdrawals(): number {
    return this.#withdrawals;
  }

  /** @param since position before which the entry is not in the log */
  add(entry: NewEntry, since: Seen): void {
    if (this.#unsent.length === 0) this.#since = since;
    this.#unsent.push(entry);
  }

  /** Returns the frame to send or resend, and composes one from the waiting entries if there is none. */
  head(seen: () => Seen): ComposedFrame | undefined {
    if (this.#recompose.length > 0) {
      const frames: OpenFrame[] = [];
      while (this.#recompose.length > 0) frames.push(this.#compose(this.#recompose, seen()));
      this.#frames.unshift(...frames);
    } else if (this.#frames.length === 0 && this.#unsent.length > 0) {
      this.#frames.push(this.#compose(this.#unsent, seen()));
    }
    return this.#frames[0];
  }

  /** Removes and returns an entry that was answered, or that another client has sent while it waited here. */
  remove(id: string): NewEntry | undefined {
    const queued = removeById(this.#unsent, id);
    if (queued !== undefined) return queued;
    for (const [index, { open }] of this.#frames.entries()) {
      const entry = removeById(open, id);
      if (entry === undefined) continue;
      this.#withdrawals = 0;
      if (open.length === 0) this.#frames.splice(index, 1);
      return entry;
    }
    return undefined;
  }

  /** Takes back the frame at the head, which must never be sent again: its open entries go into a new one. */
  withdraw(): void {
    const frame = this.#frames.shift();
    if (frame === undefined) return;
    this.#withdrawals += 1;
    this.#since = this.#unsent.length === 0 ? frame.seen : earlier(this.#since, frame.seen);
    if (this.#frames.length > 0) this.#recompose = frame.open;
    else this.#unsent.unshift(...frame.open);
  }

  pending(): NewEntry[] {
    return [...this.#recompose, ...this.#frames.flatMap(({ open }) => open), ...this.#unsent];
  }

  /** Takes over the entries of another queue that turned out to be of the same conversation. */
  absorb(other: SendQueue): void {
    this.#since = this.#unsent.length === 0 ? other.#since : earlier(this.#since, other.#since);
    this.#frames.push(...other.#frames.splice(0));
    this.#unsent.push(...other.#recompose.splice(0), ...other.#unsent.splice(0));
  }

  record(): QueueRecord {
    const frames = this.#frames.map(({ text, ids, seen, open }) => ({ text, ids, seen, open }));
    return { target: this.target, frames, queue: [...this.#recompose, ...this.#unsent], since: this.#since };
  }

  /**
   * Takes over the entries of an earlier client, ahead of those written here. Its unsent entries become frames with the
   * position at which they were written, so that the server finds them if another client has sent them meanwhile.
   */
  restore({ frames, queue, since }: QueueRecord): void {
    for (const frame of frames) this.#frames.push({ ...frame, open: [...frame.open], isAdopted: true });
    const rest = [...queue];
    while (rest.length > 0) this.#frames.push({ ...this.#compose(rest, since), isAdopted: true });
  }

  #compose(from: NewEntry[], seen: Seen): OpenFrame {
    const { text, entries } = composeFrame(this.target, seen, from);
    const open = from.splice(0, entries.length);
    return { text, ids: open.map(({ id }) => id), seen, isAdopted: false, open };
  }
}

/** Removes every entry with this id and returns one; undefined if there is none. To the server one id is one entry. */
function removeById(entries: NewEntry[], id: string): NewEntry | undefined {
  const index = entries.findIndex((entry) => entry.id === id);
  if (index < 0) return undefined;
  const [taken] = entries.splice(index, 1);
  return removeById(entries, id) ?? taken;
}

function earlier(one: Seen, other: Seen): Seen {
  if (one === 0 || other === 0) return 0;
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]) ? one : other;
}
