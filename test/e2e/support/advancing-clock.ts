import type { Clock } from "../../../client/src/index.ts";

interface CloudClock {
  now(): number;
  advance(ms: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** The cloud's clock for a client: timers fire in real time, or when the clock is advanced. */
export class AdvancingClock implements Clock {
  readonly #cloud: CloudClock;
  readonly #timers = new Set<Timer>();

  constructor(cloud: CloudClock) {
    this.#cloud = cloud;
  }

  nowMs(): number {
    return this.#cloud.now();
  }

  after(delayMs: number, fire: () => void): () => void {
    const cancel = () => {
      clearTimeout(timeout);
      this.#timers.delete(timer);
    };
    const run = () => {
      cancel();
      fire();
    };
    const timer = { dueMs: this.nowMs() + delayMs, run };
    const timeout = setTimeout(run, delayMs);
    this.#timers.add(timer);
    return cancel;
  }

  advance(ms: number): void {
    this.#cloud.advance(ms);
    for (const { dueMs, run } of [...this.#timers]) if (dueMs <= this.nowMs()) run();
  }
}
