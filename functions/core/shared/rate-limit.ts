export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Rate {
  readonly perSecond: number;
  /** Tokens in a full bucket. */
  readonly burst: number;
}

/** Most that one clock of ours may be ahead of another. A time further ahead is taken for that of a wrong clock. */
export const CLOCK_SKEW_MS = 5_000;

/**
 * Returns the bucket as it is at `nowMs`; an unused bucket is full. One that a wrong clock has left in the future fills
 * from now on, and not only when that time has come.
 */
export function refilled(bucket: Bucket | undefined, { perSecond, burst }: Rate, nowMs: number): Bucket {
  if (bucket === undefined) return { tokens: burst, atMs: nowMs };
  const atMs = bucket.atMs - nowMs > CLOCK_SKEW_MS ? nowMs : bucket.atMs;
  const passedMs = Math.max(0, nowMs - atMs);
  const tokens = Math.min(burst, bucket.tokens + (passedMs / 1000) * perSecond);
  return { tokens, atMs: Math.max(atMs, nowMs) };
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

  delete(key: string): void {
    this.#values.delete(key);
  }
}

/** More keys than a warm environment serves within the seconds in which an empty bucket fills up. */
const MAX_KEYS = 10_000;

/** Token buckets of one rate, by key, in memory. The keys used longest ago are forgotten. */
export class Buckets {
  readonly #rate: Rate;
  readonly #buckets = new RecentMap<Bucket>(MAX_KEYS);

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes tokens. If there are not enough, takes none and returns the milliseconds until there are. */
  take(key: string, count: number, nowMs: number): number | undefined {
    const { tokens, atMs } = refilled(this.#buckets.get(key), this.#rate, nowMs);
    const missing = count - tokens;
    this.#buckets.set(key, { tokens: missing > 0 ? tokens : tokens - count, atMs });
    return missing > 0 ? Math.ceil((missing * 1000) / this.#rate.perSecond) : undefined;
  }

  /** Takes tokens for what has been done already; the bucket may then owe some. */
  charge(key: string, count: number, nowMs: number): void {
    const { tokens, atMs } = refilled(this.#buckets.get(key), this.#rate, nowMs);
    this.#buckets.set(key, { tokens: tokens - count, atMs });
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
