import type { NewEntry, ServerError } from "../api/entry.ts";
import type { Settings } from "../api/settings.ts";
import { equalJitterMs } from "../connection/backoff.ts";
import type { Connection } from "../connection/connection.ts";
import { retryDelayMs } from "../connection/retry.ts";
import type { ComposedFrame, FrameTarget, Seen } from "./composed-frame.ts";
import type { Outbox } from "./outbox.ts";
import type { SendQueue } from "./send-queue.ts";

export interface SenderHost {
  /** Returns the position this device holds now in the conversation of a queue. */
  readonly seen: (queue: SendQueue) => Seen;
  /**
   * Called for a frame so old that the server cannot tell whether it has it. Resolves when all its entries that are in
   * the log have been removed from the outbox; rejects if that cannot be determined.
   */
  readonly reconcile: (queue: SendQueue, frame: ComposedFrame) => Promise<void>;
  /** Resolves when the queue is stored, so that its frame may be sent; undefined if it is already. */
  readonly saved: (queue: SendQueue) => Promise<unknown> | undefined;
  readonly rejected: (entry: NewEntry, target: FrameTarget, error: ServerError) => void;
}

/** A frame, and the number of attempts to send it on this connection. */
interface Tries {
  readonly frame: ComposedFrame;
  /** Temporary errors so far. */
  readonly failures: number;
  /** Number of times it was resent because there was no answer; more if the server has queued it. */
  readonly resends: number;
}

/** A frame under way, or waiting for its next attempt. */
interface Attempt extends Tries {
  /** True if it was sent, and only its answer is missing. */
  readonly isSent: boolean;
  readonly cancel: () => void;
}

/** A frame that the server has queued is given as long as one that was resent this many times more. */
const QUEUED_RESENDS = 2;

/** Sends the frames of the outbox over one connection, each one until it is answered. */
export class Sender {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #settings: Settings;
  readonly #host: SenderHost;
  readonly #attempts = new Map<SendQueue, Attempt>();

  constructor(connection: Connection, outbox: Outbox, settings: Settings, host: SenderHost) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#settings = settings;
    this.#host = host;
    connection.signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  flushAll(): void {
    for (const queue of this.#outbox.queues()) this.flush(queue);
  }

  /** Sends the frame at the head of the queue unless it is under way already. */
  flush(queue: SendQueue): void {
    if (this.#connection.signal.aborted) return;
    const frame = this.#outbox.head(queue, () => this.#host.seen(queue));
    const attempt = this.#attempts.get(queue);
    if (attempt !== undefined && attempt.frame === frame) return;
    this.cancel(queue);
    if (frame !== undefined) this.#begin(queue, { frame, failures: 0, resends: 0 });
  }

  /** Stops sending the frame of a queue, as when another has absorbed it. */
  cancel(queue: SendQueue): void {
    this.#attempts.get(queue)?.cancel();
    this.#attempts.delete(queue);
  }

  /** The server has queued entries: their answer takes longer, and the frames behind them still wait for it. */
  accepted(entryIds: readonly string[]): void {
    for (const [queue, attempt] of this.#attempts) {
      if (attempt.isSent && attempt.frame.ids.some((id) => entryIds.includes(id)))
        this.#awaitAnswer(queue, { ...attempt, resends: attempt.resends + QUEUED_RESENDS });
    }
  }

  /** Handles an error of the server about entries: retries, recomposes or rejects them. */
  refused(entryIds: readonly string[], error: ServerError): void {
    const queues = new Set(entryIds.map((id) => this.#outbox.findQueue(id)));
    for (const queue of queues) {
      if (queue === undefined) continue;
      const ids = entryIds.filter((id) => this.#outbox.findQueue(id) === queue);
      if (error.temporary) this.#postpone(queue, ids, error.retryAfterMs);
      else if (error.code === "stale") this.#handleStale(queue, ids);
      else this.#reject(queue, ids, error);
    }
  }

  #begin(queue: SendQueue, tries: Tries): void {
    const saved = this.#host.saved(queue);
    if (saved === undefined) {
      this.#transmit(queue, tries);
      return;
    }
    const waiting: Attempt = { ...tries, isSent: false, cancel: () => {} };
    this.#attempts.set(queue, waiting);
    void saved.then(() => {
      // Wait for this write only: waiting for an idle store would starve a user who keeps typing.
      if (this.#attempts.get(queue) === waiting) this.#transmit(queue, tries);
    });
  }

  #transmit(queue: SendQueue, tries: Tries): void {
    this.#connection.sendEntries(tries.frame);
    this.#awaitAnswer(queue, tries);
  }

  #awaitAnswer(queue: SendQueue, tries: Tries): void {
    const resend = () => {
      // The ping shows whether the server is slow or the socket dead.
      this.#connection.ping();
      this.#transmit(queue, { ...tries, resends: tries.resends + 1 });
    };
    this.#schedule(queue, tries, this.#ackWithinMs(tries.resends), resend, true);
  }

  /** A server that is alive but silent is busy, so the time grows with every resend. */
  #ackWithinMs(resends: number): number {
    const { random, timings } = this.#settings;
    const { ackWithinMs, resendCapMs } = timings;
    if (resends === 0) return ackWithinMs;
    return equalJitterMs(resends, { baseMs: ackWithinMs, capMs: resendCapMs }, random());
  }

  #schedule(queue: SendQueue, tries: Tries, delayMs: number, next: () => void, isSent = false): void {
    this.#attempts.get(queue)?.cancel();
    this.#attempts.set(queue, { ...tries, isSent, cancel: this.#settings.clock.after(delayMs, next) });
  }

  #postpone(queue: SendQueue, entryIds: readonly string[], retryAfterMs: number | undefined): void {
    const attempt = this.#attemptWith(queue, entryIds);
    if (attempt === undefined) return;
    const delayMs = retryAfterMs ?? retryDelayMs(this.#settings, attempt.failures);
    const again = { ...attempt, failures: attempt.failures + 1 };
    this.#schedule(queue, attempt, delayMs, () => this.#transmit(queue, again));
  }

  /** Reconciles at once; later if that did not help before, for the next answer may be the same. */
  #handleStale(queue: SendQueue, entryIds: readonly string[]): void {
    const attempt = this.#attemptWith(queue, entryIds);
    if (attempt === undefined) return;
    const reconcile = () => this.#reconcile(queue, attempt, entryIds);
    if (queue.withdrawals === 0) reconcile();
    else this.#schedule(queue, attempt, retryDelayMs(this.#settings, queue.withdrawals), reconcile);
  }

  #reconcile(queue: SendQueue, attempt: Attempt, entryIds: readonly string[]): void {
    attempt.cancel();
    const reconciling: Attempt = { ...attempt, isSent: false, cancel: () => {} };
    this.#attempts.set(queue, reconciling);
    const isCurrent = () => this.#attempts.get(queue) === reconciling;
    this.#host.reconcile(queue, attempt.frame).then(
      () => {
        if (!isCurrent()) return;
        this.cancel(queue);
        this.#outbox.withdraw(queue);
        this.flush(queue);
      },
      () => {
        // The frame is sent again later, refused as stale again, and reconciled again.
        if (isCurrent()) this.#postpone(queue, entryIds, undefined);
      },
    );
  }

  #reject(queue: SendQueue, entryIds: readonly string[], error: ServerError): void {
    for (const id of entryIds) {
      const entry = this.#outbox.remove(id);
      if (entry !== undefined) this.#host.rejected(entry, queue.target, error);
    }
    this.flush(queue);
  }

  /** Returns the attempt that has one of these entries. Answers about a frame no longer under way are ignored. */
  #attemptWith(queue: SendQueue, entryIds: readonly string[]): Attempt | undefined {
    const attempt = this.#attempts.get(queue);
    return attempt?.frame.ids.some((id) => entryIds.includes(id)) ? attempt : undefined;
  }

  #stop(): void {
    for (const attempt of this.#attempts.values()) attempt.cancel();
    this.#attempts.clear();
  }
}
