import type { Clock } from "../api/clock.ts";
import { NoReplyError } from "../api/errors.ts";
import { type Deferred, deferred } from "../util/deferred.ts";

/** The requests of one connection that have no reply yet. */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #withinMs: number;
  readonly #waiting = new Map<string, Deferred<unknown>>();

  constructor(clock: Clock, withinMs: number) {
    this.#clock = clock;
    this.#withinMs = withinMs;
  }

  /** Resolves to the result of the reply; rejects with NoReplyError if none comes in time. */
  wait(id: string): Promise<unknown> {
    const waiting = deferred<unknown>();
    this.#waiting.set(id, waiting);
    const timeOut = () => waiting.reject(new NoReplyError(this.#withinMs));
    const cancel = this.#clock.after(this.#withinMs, timeOut);
    return waiting.promise.finally(() => {
      cancel();
      this.#waiting.delete(id);
    });
  }

  /** Ignored if the request is unknown or has timed out. */
  resolve(id: string, result: unknown): void {
    this.#waiting.get(id)?.resolve(result);
  }

  reject(id: string, error: Error): void {
    this.#waiting.get(id)?.reject(error);
  }

  rejectAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }
}
