import type { DeliveredFrame, ReadFrame } from "../../../protocol/index.ts";
import type { Clock } from "../api/clock.ts";
import { getOrAdd } from "../util/get-or-add.ts";

type Receipt = "read" | "delivered";

interface ReceiptState {
  /** The highest seq that was sent, and that is to be sent. */
  readonly sent: Record<Receipt, number>;
  readonly due: Record<Receipt, number>;
  /** Cancels the timer that runs until the next frame about the conversation may be sent. */
  cancel: (() => void) | undefined;
}

/** Time between two receipts of a conversation: docs/protocol.md, "Receipts and unread". */
const EVERY_MS = 1_000;
/**
 * Receipts a second of all conversations together: half of what a connection may send for long. Further ones wait, as
 * after a device has caught up with a thousand conversations.
 */
const MAX_PER_SECOND = 10;

/**
 * Sends the receipts of this user: per second and conversation only the highest. `delivered` waits for that second,
 * because the entry is often read within it.
 */
export class ReceiptSender {
  readonly #clock: Clock;
  /** Returns false if there is no connection. A `read` that is lost is sent again after the next sync. */
  readonly #sendOneWay: (frame: ReadFrame | DeliveredFrame) => boolean;
  readonly #states = new Map<string, ReceiptState>();
  /** Times of the receipts sent last, at most `MAX_PER_SECOND`. */
  #sentAtMs: number[] = [];

  constructor(clock: Clock, sendOneWay: (frame: ReadFrame | DeliveredFrame) => boolean) {
    this.#clock = clock;
    this.#sendOneWay = sendOneWay;
  }

  queue(conversation: string, type: Receipt, seq: number): void {
    const state = getOrAdd(this.#states, conversation, () => ({
      sent: { read: 0, delivered: 0 },
      due: { read: 0, delivered: 0 },
      cancel: undefined,
    }));
    state.due[type] = Math.max(state.due[type], seq);
    if (state.cancel === undefined && type === "read" && !this.#isFull) this.#send(conversation, state);
    state.cancel ??= this.#wait(conversation, state);
  }

  /** Sends a `read` again that was lost with a connection. */
  resendRead(conversation: string, seq: number): void {
    const state = this.#states.get(conversation);
    if (state !== undefined) state.sent.read = 0;
    this.queue(conversation, "read", seq);
  }

  /** Sends the receipts that could not be sent without a connection. */
  flush(): void {
    for (const [conversation, state] of this.#states) {
      if (state.cancel === undefined && (this.#isFull || this.#send(conversation, state))) {
        state.cancel = this.#wait(conversation, state);
      }
    }
  }

  stop(): void {
    for (const { cancel } of this.#states.values()) cancel?.();
  }

  #wait(conversation: string, state: ReceiptState): () => void {
    return this.#clock.after(EVERY_MS, () => {
      state.cancel = undefined;
      if (this.#isFull || this.#send(conversation, state)) state.cancel = this.#wait(conversation, state);
    });
  }

  get #isFull(): boolean {
    const [oldestMs = 0] = this.#sentAtMs;
    return this.#sentAtMs.length >= MAX_PER_SECOND && oldestMs > this.#clock.nowMs() - EVERY_MS;
  }

  #send(conversation: string, { sent, due }: ReceiptState): boolean {
    let hasSent = false;
    for (const type of ["read", "delivered"] as const) {
      // Read implies delivered.
      if (due[type] <= sent[type] || due[type] <= sent.read) continue;
      if (!this.#sendOneWay({ type, conversation, seq: due[type] })) continue;
      this.#sentAtMs = [...this.#sentAtMs, this.#clock.nowMs()].slice(-MAX_PER_SECOND);
      sent[type] = due[type];
      hasSent = true;
    }
    return hasSent;
  }
}
