interface Stoppable {
  stop(): Promise<void>;
}

/** Stops everything that has been started, once, in the opposite order. */
export class Teardown {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #done: Promise<void> | undefined;

  defer(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Returns the part, which `run` will stop. With `graceMs`, `run` waits for it no longer than that. */
  use<Part extends Stoppable>(part: Part, graceMs?: number): Part {
    this.defer(() => (graceMs === undefined ? part.stop() : waitAtMost(graceMs, part.stop())));
    return part;
  }

  /** Runs all steps, even if some of them fail; throws their errors together at the end. */
  run(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  async #run(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "stopping the cloud failed");
  }
}

/** Waits for the work, but no longer than the timeout; the work may go on in the background. */
async function waitAtMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, timeoutMs);
  try {
    await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
