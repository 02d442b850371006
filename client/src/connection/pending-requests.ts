import type { Clock } from "../api/clock.ts";
import { NoReplyError } from "../api/errors.ts";

/** The requests of one connection that wait for their reply, by request id. */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #withinMs: number;
  readonly #waiting = new Map<string, PromiseWithResolvers<unknown>>();

  constructor(clock: Clock, withinMs: number) {
    this.#clock = clock;
    this.#withinMs = withinMs;
  }

  /** Resolves to the reply's result. */
  wait(id: string): Promise<unknown> {
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const late = () => waiting.reject(new NoReplyError(this.#withinMs));
    const cancel = this.#clock.after(this.#withinMs, late);
    return waiting.promise.finally(() => {
      cancel();
      this.#waiting.delete(id);
    });
  }

  /** An answer nobody waits for (any more) is no error. */
  answer(id: string, result: unknown): void {
    this.#waiting.get(id)?.resolve(result);
  }

  fail(id: string, error: Error): void {
    this.#waiting.get(id)?.reject(error);
  }

  failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }
}
