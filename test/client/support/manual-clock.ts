import type { Clock } from "../../../client/src/index.ts";

interface Timer {
  dueMs: number;
  readonly fire: () => void;
}

/** A clock that the test advances. Sockets and promises are real. */
export class ManualClock implements Clock {
  #nowMs = 1_700_000_000_000;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  /** When each timer is due. */
  get dueMs(): number[] {
    return [...this.#timers].map(({ dueMs }) => dueMs);
  }

  get nextDueMs(): number {
    return Math.min(...this.dueMs);
  }

  /** Lets time pass unseen, as while a device sleeps. Timers count only the time awake, as those of most systems. */
  sleep(forMs: number): void {
    this.#nowMs += forMs;
    const timers = [...this.#timers];
    for (const timer of timers) timer.dueMs += forMs;
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ dueMs }) => dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.fire();
    }
    this.#nowMs = untilMs;
  }
}
