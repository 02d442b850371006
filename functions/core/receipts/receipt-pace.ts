import { Buckets, Throttle } from "../shared/rate-limit.ts";

/** Time between two late pushes; `deliver` makes one a second after it was left to it. */
const LATE_MS = 1_000;

/** Paces the receipts that a connection has pushed in one conversation, in the memory of one environment. */
export class ReceiptPace {
  /**
   * One a second, and five at once: a client sends about one a second of each kind, and the network may bring some
   * together.
   */
  readonly #pushed = new Buckets({ perSecond: 1, burst: 5 });
  readonly #late = new Throttle(LATE_MS);

  /**
   * Decides about a receipt whose cursor has been stored: it is pushed now, or left for later, or a push that was left
   * less than a second ago will read its cursor.
   */
  take(
    connection: string,
    conversation: string,
    kind: "read" | "delivered",
    nowMs: number,
  ): "now" | "later" | "covered" {
    const key = `${connection} ${conversation}`;
    if (this.#pushed.take(`${kind} ${key}`, 1, nowMs) === undefined) return "now";
    return this.#late.admits(key, nowMs) ? "later" : "covered";
  }
}
