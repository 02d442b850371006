import type { NewEntry } from "../api/entry.ts";
import { composeFrame } from "./compose-frame.ts";
import type { ComposedFrame, FrameTarget, Seen } from "./composed-frame.ts";
import type { QueueRecord } from "./queue-record.ts";

interface Composed extends ComposedFrame {
  /** Its entries without an answer. */
  readonly open: NewEntry[];
}

/**
 * What waits to be acknowledged in one conversation, in the order in which it was written. One frame is on its
 * way at a time, since API Gateway keeps no order between frames; what is written meanwhile shares the next.
 */
export class SendQueue {
  target: FrameTarget;
  readonly #frames: Composed[] = [];
  /** Of a withdrawn frame: to be composed again before what comes after it. */
  #again: NewEntry[] = [];
  readonly #queue: NewEntry[] = [];
  #since: Seen = 0;
  #withdrawals = 0;

  constructor(target: FrameTarget) {
    this.target = target;
  }

  /** Frames withdrawn since an entry had its answer. */
  get withdrawals(): number {
    return this.#withdrawals;
  }

  /** @param since the log has the entry nowhere before */
  add(entry: NewEntry, since: Seen): void {
    if (this.#queue.length === 0) this.#since = since;
    this.#queue.push(entry);
  }

  /** The frame to be sent, or sent again; composed of what waits when there is none. */
  head(seen: () => Seen): ComposedFrame | undefined {
    if (this.#again.length > 0) {
      const frames: Composed[] = [];
      while (this.#again.length > 0) frames.push(this.#compose(this.#again, seen()));
      this.#frames.unshift(...frames);
    } else if (this.#frames.length === 0 && this.#queue.length > 0) {
      this.#frames.push(this.#compose(this.#queue, seen()));
    }
    return this.#frames[0];
  }

  /** Takes out an entry that has its answer, or that another device has sent while it waited here. */
  settle(id: string): NewEntry | undefined {
    const queued = take(this.#queue, id);
    if (queued !== undefined) return queued;
    for (const [index, { open }] of this.#frames.entries()) {
      const entry = take(open, id);
      if (entry === undefined) continue;
      this.#withdrawals = 0;
      if (open.length === 0) this.#frames.splice(index, 1);
      return entry;
    }
    return undefined;
  }

  /** The frame at the head will never be sent again: what it left open becomes part of a new one. */
  withdraw(): void {
    const frame = this.#frames.shift();
    if (frame === undefined) return;
    this.#withdrawals += 1;
    this.#since = this.#queue.length === 0 ? frame.seen : earlier(this.#since, frame.seen);
    if (this.#frames.length > 0) this.#again = frame.open;
    else this.#queue.unshift(...frame.open);
  }

  pending(): NewEntry[] {
    return [...this.#again, ...this.#frames.flatMap(({ open }) => open), ...this.#queue];
  }

  /** Takes over what waits in another lane, now known to be of the same conversation. */
  absorb(other: SendQueue): void {
    this.#since = this.#queue.length === 0 ? other.#since : earlier(this.#since, other.#since);
    this.#frames.push(...other.#frames.splice(0));
    this.#queue.push(...other.#again.splice(0), ...other.#queue.splice(0));
  }

  record(): QueueRecord {
    const frames = this.#frames.map(({ text, ids, seen, open }) => ({ text, ids, seen, open }));
    return { target: this.target, frames, queue: [...this.#again, ...this.#queue], since: this.#since };
  }

  /**
   * What was left by another, before what is written here. Its queue becomes frames with the position it was written
   * at: should somebody else have sent it meanwhile, the server finds it.
   */
  restore({ frames, queue, since }: QueueRecord): void {
    for (const frame of frames) this.#frames.push({ ...frame, open: [...frame.open], isAdopted: true });
    const rest = [...queue];
    while (rest.length > 0) this.#frames.push({ ...this.#compose(rest, since), isAdopted: true });
  }

  #compose(from: NewEntry[], seen: Seen): Composed {
    const { text, entries } = composeFrame(this.target, seen, from);
    const open = from.splice(0, entries.length);
    return { text, ids: open.map(({ id }) => id), seen, isAdopted: false, open };
  }
}

/** Takes the entry with this id out of the list; undefined if it has none. To the server one id is one entry. */
function take(entries: NewEntry[], id: string): NewEntry | undefined {
  const index = entries.findIndex((entry) => entry.id === id);
  if (index < 0) return undefined;
  const [taken] = entries.splice(index, 1);
  return take(entries, id) ?? taken;
}

function earlier(one: Seen, other: Seen): Seen {
  if (one === 0 || other === 0) return 0;
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]) ? one : other;
}
