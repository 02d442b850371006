import { SERVICES } from "./services.ts";

/** Delays until failed records become visible again, by receipt handle. */
export class RetryDelays {
  readonly #delaysMs = new Map<string, number>();

  /** Sets the delay of failed records, as ports/record-queue.ts promises. */
  readonly retryAfter = async (handles: readonly string[], delaySeconds: number): Promise<void> => {
    for (const handle of handles) this.set(handle, delaySeconds * 1000);
  };

  set(handle: string, delayMs: number): void {
    this.#delaysMs.set(handle, delayMs);
  }

  /** Returns the delay of a record. @default the queue's visibility timeout */
  get(handle: string): number {
    return this.#delaysMs.get(handle) ?? SERVICES.visibilityMs;
  }

  delete(handle: string): void {
    this.#delaysMs.delete(handle);
  }
}
