/** A clock that advances only when no other work is left. Hours of waiting take milliseconds, and every run is the same. */
export class VirtualClock {
  readonly #events: { readonly atMs: number; readonly order: number; readonly happen: () => void }[] = [];
  #nowMs = 0;
  #eventCount = 0;

  readonly now = (): number => this.#nowMs;

  /** Schedules an event. Events of the same time happen in the order in which they were scheduled. */
  at(atMs: number, happen: () => void): void {
    this.#eventCount += 1;
    const event = { atMs: Math.max(atMs, this.#nowMs), order: this.#eventCount, happen };
    const events = this.#events;
    // A binary heap, because 10 000 posts wait at the same time.
    let index = events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent])) break;
      [events[index], events[parent]] = [events[parent] ?? event, event];
      index = parent;
    }
  }

  /** Resolves after `ms`. Rejects with the signal's reason if it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.at(this.#nowMs + ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
    });
  }

  /** Runs until no event is left. Meanwhile `AbortSignal.timeout` follows this clock, because core takes it from the platform. */
  async run(): Promise<void> {
    const real = AbortSignal.timeout;
    AbortSignal.timeout = (ms) => this.#timeout(ms);
    try {
      for (;;) {
        // First settles every promise that does not depend on time.
        await new Promise<void>((resolve) => setImmediate(resolve));
        const next = this.#pop();
        if (next === undefined) return;
        this.#nowMs = next.atMs;
        next.happen();
      }
    } finally {
      AbortSignal.timeout = real;
    }
  }

  #timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    this.at(this.#nowMs + ms, () => controller.abort(new DOMException("timed out", "TimeoutError")));
    return controller.signal;
  }

  #pop() {
    const events = this.#events;
    const [first] = events;
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = isBefore(events[left + 1], events[left]) ? left + 1 : left;
      const below = events[child];
      if (below === undefined || !isBefore(below, last)) break;
      events[index] = below;
      index = child;
    }
    events[index] = last;
    return first;
  }
}

type QueuedEvent = { readonly atMs: number; readonly order: number };

function isBefore(a: QueuedEvent | undefined, b: QueuedEvent | undefined): boolean {
  if (a === undefined || b === undefined) return b === undefined && a !== undefined;
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
