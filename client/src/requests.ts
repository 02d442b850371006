import type { Clock } from "./clock.ts";
import { NoReplyError } from "./errors.ts";

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The requests of one connection that wait for their reply, by request id. */
export class Requests {
  readonly #clock: Clock;
  readonly #withinMs: number;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, withinMs: number) {
    this.#clock = clock;
    this.#withinMs = withinMs;
  }

  /** Resolves to the reply's result. */
  wait(id: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#withinMs, () => this.fail(id, new NoReplyError(this.#withinMs)));
      const settle = () => {
        cancel();
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
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
    for (const waiting of [...this.#waiting.values()]) waiting.reject(error);
  }
}
