/** Lets one through per key and interval. Bounded: the keys used longest ago are forgotten. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #maxKeys: number;
  readonly #lastMs = new Map<string, number>();

  constructor(intervalMs: number, maxKeys = 10_000) {
    this.#intervalMs = intervalMs;
    this.#maxKeys = maxKeys;
  }

  admits(key: string, nowMs: number): boolean {
    const last = this.#lastMs.get(key);
    if (last !== undefined && nowMs - last < this.#intervalMs) return false;
    this.#lastMs.delete(key);
    this.#lastMs.set(key, nowMs);
    const [oldest] = this.#lastMs.keys();
    if (this.#lastMs.size > this.#maxKeys && oldest !== undefined) this.#lastMs.delete(oldest);
    return true;
  }
}
