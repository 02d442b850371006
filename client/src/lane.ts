import { encodeFrame } from "../../protocol/frame-text.ts";
import type { NewEntry, SendFrame } from "../../protocol/index.ts";
import { composeFrame, type FrameTarget } from "./batch.ts";

export type Seen = NonNullable<SendFrame["seen"]>;

/** A frame that may have been sent: from here on it only ever travels as this text. */
export interface ComposedFrame {
  readonly text: string;
  readonly ids: readonly string[];
  readonly seen: Seen;
}

interface Composed extends ComposedFrame {
  /** Its entries without an answer. */
  readonly open: Map<string, NewEntry>;
}

/**
 * What waits to be acknowledged in one conversation, in the order in which it was written. One frame is on its
 * way at a time, since API Gateway keeps no order between frames; what is written meanwhile shares the next.
 */
export class Lane {
  target: FrameTarget;
  readonly #frames: Composed[] = [];
  readonly #queue: NewEntry[] = [];
  #withdrawals = 0;

  constructor(target: FrameTarget) {
    this.target = target;
  }

  /** Frames withdrawn since an entry had its answer. */
  get withdrawals(): number {
    return this.#withdrawals;
  }

  add(entry: NewEntry): void {
    this.#queue.push(entry);
  }

  /** The frame to be sent, or sent again; composed from the queue when there is none. */
  head(seen: () => Seen): ComposedFrame | undefined {
    if (this.#frames.length === 0 && this.#queue.length > 0) {
      const frame = composeFrame(this.target, seen(), this.#queue);
      const entries = this.#queue.splice(0, frame.entries.length);
      this.#frames.push({
        text: encodeFrame(frame),
        ids: entries.map((entry) => entry.id),
        seen: frame.seen ?? 0,
        open: new Map(entries.map((entry) => [entry.id, entry])),
      });
    }
    return this.#frames[0];
  }

  /** Takes out an entry that has its answer. */
  settle(id: string): NewEntry | undefined {
    const index = this.#frames.findIndex((frame) => frame.open.has(id));
    const frame = this.#frames[index];
    const entry = frame?.open.get(id);
    if (frame?.open.delete(id)) this.#withdrawals = 0;
    if (frame?.open.size === 0) this.#frames.splice(index, 1);
    return entry;
  }

  /** The frame at the head will never be sent again: what it left open becomes part of a new one. */
  withdraw(): void {
    this.#withdrawals += 1;
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#queue.unshift(...frame.open.values());
  }

  pending(): NewEntry[] {
    return [...this.#frames.flatMap((frame) => [...frame.open.values()]), ...this.#queue];
  }

  /** Takes over what waits in another lane, now known to be of the same conversation. */
  absorb(other: Lane): void {
    this.#frames.push(...other.#frames.splice(0));
    this.#queue.push(...other.#queue.splice(0));
  }
}
