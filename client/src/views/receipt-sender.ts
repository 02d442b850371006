import type { DeliveredFrame, ReadFrame } from "../../../protocol/index.ts";
import type { Clock } from "../api/clock.ts";
import { getOrAdd } from "../util/get-or-add.ts";

type Receipt = "read" | "delivered";

interface Told {
  /** The highest told, and to be told. */
  readonly told: Record<Receipt, number>;
  readonly due: Record<Receipt, number>;
  /** Runs while nothing more may be told of the conversation, or something is about to be. */
  cancel: (() => void) | undefined;
}

/** Receipts of a conversation go out this far apart: docs/protocol.md, "Receipts and unread". */
const EVERY_MS = 1_000;

/**
 * Tells the server how far this user has come: the highest of each second. What has arrived waits that second, for it
 * is often read within it.
 */
export class ReceiptSender {
  readonly #clock: Clock;
  /** False: there is no connection; what is lost of `read` is told again after the next sync. */
  readonly #tell: (frame: ReadFrame | DeliveredFrame) => boolean;
  readonly #states = new Map<string, Told>();

  constructor(clock: Clock, tell: (frame: ReadFrame | DeliveredFrame) => boolean) {
    this.#clock = clock;
    this.#tell = tell;
  }

  note(conversation: string, type: Receipt, seq: number): void {
    const state = getOrAdd(this.#states, conversation, () => ({
      told: { read: 0, delivered: 0 },
      due: { read: 0, delivered: 0 },
      cancel: undefined,
    }));
    state.due[type] = Math.max(state.due[type], seq);
    if (state.cancel === undefined && type === "read") this.#send(conversation, state);
    state.cancel ??= this.#wait(conversation, state);
  }

  /** The server has not heard of it: it was lost with a connection. */
  again(conversation: string, seq: number): void {
    const state = this.#states.get(conversation);
    if (state !== undefined) state.told.read = 0;
    this.note(conversation, "read", seq);
  }

  /** What could not be told, now that there is a connection. */
  flush(): void {
    for (const [conversation, state] of this.#states) {
      if (state.cancel === undefined && this.#send(conversation, state)) {
        state.cancel = this.#wait(conversation, state);
      }
    }
  }

  stop(): void {
    for (const { cancel } of this.#states.values()) cancel?.();
  }

  #wait(conversation: string, state: Told): () => void {
    return this.#clock.after(EVERY_MS, () => {
      state.cancel = undefined;
      if (this.#send(conversation, state)) state.cancel = this.#wait(conversation, state);
    });
  }

  #send(conversation: string, { told, due }: Told): boolean {
    let sent = false;
    for (const type of ["read", "delivered"] as const) {
      // Read implies delivered.
      if (due[type] <= told[type] || due[type] <= told.read) continue;
      if (!this.#tell({ type, conversation, seq: due[type] })) continue;
      told[type] = due[type];
      sent = true;
    }
    return sent;
  }
}
