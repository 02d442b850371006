import type { NewEntry, ServerError } from "../api/entry.ts";
import type { Settings } from "../api/settings.ts";
import { equalJitterMs } from "../connection/backoff.ts";
import type { Connection } from "../connection/connection.ts";
import { retryInMs } from "../connection/retry.ts";
import type { ComposedFrame, FrameTarget, Seen } from "./composed-frame.ts";
import type { Outbox } from "./outbox.ts";
import type { SendQueue } from "./send-queue.ts";

export interface SenderHost {
  /** The position this device holds now in the lane's conversation. */
  readonly seen: (lane: SendQueue) => Seen;
  /**
   * Called for a frame too old for the server to tell whether it has it. To resolve when everything that could
   * be in the log has been settled in the outbox; rejects if that cannot be known.
   */
  readonly lookUp: (lane: SendQueue, frame: ComposedFrame) => Promise<void>;
  /** Resolves when the lane is kept, so that its frame may be sent; undefined: it is. */
  readonly kept: (lane: SendQueue) => Promise<void> | undefined;
  readonly rejected: (entry: NewEntry, target: FrameTarget, error: ServerError) => void;
}

/** A frame, and how often it was tried on this connection. */
interface Tries {
  readonly frame: ComposedFrame;
  /** Temporary errors so far. */
  readonly failures: number;
  /** Times it was sent again for want of any answer. */
  readonly resends: number;
}

/** A frame on its way, or waiting for its next try. */
interface Attempt extends Tries {
  readonly cancel: () => void;
}

/** Sends what the outbox holds over one connection, each frame until it has its answer. */
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
    for (const lane of this.#outbox.lanes()) this.flush(lane);
  }

  /** Sends the head of the lane unless it is on its way already. */
  flush(lane: SendQueue): void {
    if (this.#connection.signal.aborted) return;
    const frame = this.#outbox.head(lane, () => this.#host.seen(lane));
    const attempt = this.#attempts.get(lane);
    if (attempt !== undefined && attempt.frame === frame) return;
    this.forget(lane);
    if (frame !== undefined) this.#begin(lane, { frame, failures: 0, resends: 0 });
  }

  /** The lane has been absorbed by another. */
  forget(lane: SendQueue): void {
    this.#attempts.get(lane)?.cancel();
    this.#attempts.delete(lane);
  }

  refused(entryIds: readonly string[], error: ServerError): void {
    const lanes = new Set(entryIds.map((id) => this.#outbox.laneOf(id)));
    for (const lane of lanes) {
      if (lane === undefined) continue;
      const mine = entryIds.filter((id) => this.#outbox.laneOf(id) === lane);
      if (error.temporary) this.#postpone(lane, mine, error.retryAfterMs);
      else if (error.code === "stale") this.#renew(lane, mine);
      else this.#reject(lane, mine, error);
    }
  }

  #begin(lane: SendQueue, tries: Tries): void {
    const kept = this.#host.kept(lane);
    if (kept === undefined) {
      this.#transmit(lane, tries);
      return;
    }
    const waiting: Attempt = { ...tries, cancel: () => {} };
    this.#attempts.set(lane, waiting);
    void kept.then(() => {
      // Not whether all is kept by now: somebody who goes on writing would never be sent.
      if (this.#attempts.get(lane) === waiting) this.#transmit(lane, tries);
    });
  }

  #transmit(lane: SendQueue, tries: Tries): void {
    this.#connection.sendEntries(tries.frame);
    this.#schedule(lane, tries, this.#ackWithinMs(tries.resends), () => {
      // Whether the server is slow or the socket dead, the ping will tell.
      this.#connection.ping();
      this.#transmit(lane, { ...tries, resends: tries.resends + 1 });
    });
  }

  /** A server that is alive and says nothing has much to do: ever more patience. */
  #ackWithinMs(resends: number): number {
    const { random, timings } = this.#settings;
    const { ackWithinMs, resendCapMs } = timings;
    if (resends === 0) return ackWithinMs;
    return equalJitterMs(resends, { baseMs: ackWithinMs, capMs: resendCapMs }, random());
  }

  #schedule(lane: SendQueue, tries: Tries, delayMs: number, next: () => void): void {
    this.#attempts.get(lane)?.cancel();
    this.#attempts.set(lane, { ...tries, cancel: this.#settings.clock.after(delayMs, next) });
  }

  #postpone(lane: SendQueue, entryIds: readonly string[], retryAfterMs: number | undefined): void {
    const attempt = this.#attemptOf(lane, entryIds);
    if (attempt === undefined) return;
    const delayMs = retryAfterMs ?? retryInMs(this.#settings, attempt.failures);
    const again = { ...attempt, failures: attempt.failures + 1 };
    this.#schedule(lane, attempt, delayMs, () => this.#transmit(lane, again));
  }

  /** At once; but not if renewing did not help before, for the next answer may be the same. */
  #renew(lane: SendQueue, entryIds: readonly string[]): void {
    const attempt = this.#attemptOf(lane, entryIds);
    if (attempt === undefined) return;
    const lookUp = () => this.#lookUp(lane, attempt, entryIds);
    if (lane.withdrawals === 0) lookUp();
    else this.#schedule(lane, attempt, retryInMs(this.#settings, lane.withdrawals), lookUp);
  }

  #lookUp(lane: SendQueue, attempt: Attempt, entryIds: readonly string[]): void {
    attempt.cancel();
    const looking: Attempt = { ...attempt, cancel: () => {} };
    this.#attempts.set(lane, looking);
    const isCurrent = () => this.#attempts.get(lane) === looking;
    this.#host.lookUp(lane, attempt.frame).then(
      () => {
        if (!isCurrent()) return;
        this.forget(lane);
        this.#outbox.withdraw(lane);
        this.flush(lane);
      },
      () => {
        // Sent again later, the frame is refused again, and looked for again.
        if (isCurrent()) this.#postpone(lane, entryIds, undefined);
      },
    );
  }

  #reject(lane: SendQueue, entryIds: readonly string[], error: ServerError): void {
    for (const id of entryIds) {
      const entry = this.#outbox.settle(id);
      if (entry !== undefined) this.#host.rejected(entry, lane.target, error);
    }
    this.flush(lane);
  }

  /** An answer about a frame that is not under way any more is of no interest. */
  #attemptOf(lane: SendQueue, entryIds: readonly string[]): Attempt | undefined {
    const attempt = this.#attempts.get(lane);
    return attempt?.frame.ids.some((id) => entryIds.includes(id)) ? attempt : undefined;
  }

  #stop(): void {
    for (const attempt of this.#attempts.values()) attempt.cancel();
    this.#attempts.clear();
  }
}
