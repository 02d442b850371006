export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Rate {
  readonly perSecond: number;
  /** Tokens in a full bucket. */
  readonly burst: number;
}

/** Returns the bucket as it is at `nowMs`; an unused bucket is full. */
export function refilled(bucket: Bucket | undefined, { perSecond, burst }: Rate, nowMs: number): Bucket {
  if (bucket === undefined) return { tokens: burst, atMs: nowMs };
  const passedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(burst, bucket.tokens + (passedMs / 1000) * perSecond);
  return { tokens, atMs: Math.max(bucket.atMs, nowMs) };
}

/** A map of at most `maxKeys` keys that drops the keys set longest ago. */
export class RecentMap<V> {
  readonly #maxKeys: number;
  /** Ordered by when keys were set. */
  readonly #values = new Map<string, V>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#maxKeys && oldest !== undefined) this.#values.delete(oldest);
  }
}

/** Admits one call per key and interval. Memory is bounded: the keys used longest ago are forgotten. */
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
