/** What has been started, to be stopped in the opposite order, once. */
export class Teardown {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #done: Promise<void> | undefined;

  defer(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** A step that fails does not keep the others from running; the errors are thrown together at the end. */
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

/** Waits for the work, but no longer than so; it may go on behind our back. */
export async function atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timeout = Promise.withResolvers<void>();
  const timer = setTimeout(timeout.resolve, timeoutMs);
  try {
    await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
