import { RecentMap } from "./recent-map.ts";

/** Lets one through per key and interval. Bounded: the keys used longest ago are forgotten. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #lastMs: RecentMap<number>;

  constructor(intervalMs: number, maxKeys = 10_000) {
    this.#intervalMs = intervalMs;
    this.#lastMs = new RecentMap(maxKeys);
  }

  admits(key: string, nowMs: number): boolean {
    const last = this.#lastMs.get(key);
    if (last !== undefined && nowMs - last < this.#intervalMs) return false;
    this.#lastMs.set(key, nowMs);
    return true;
  }
}
