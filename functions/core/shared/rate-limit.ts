export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Rate {
  readonly perSecond: number;
  /** What a bucket holds when it is full. */
  readonly burst: number;
}

/** The bucket as it is at `nowMs`; one never used is full. */
export function refilled(bucket: Bucket | undefined, { perSecond, burst }: Rate, nowMs: number): Bucket {
  if (bucket === undefined) return { tokens: burst, atMs: nowMs };
  const passedMs = Math.max(0, nowMs - bucket.atMs);
  const tokens = Math.min(burst, bucket.tokens + (passedMs / 1000) * perSecond);
  return { tokens, atMs: Math.max(bucket.atMs, nowMs) };
}
