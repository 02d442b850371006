/**
 * Counts a user's refused frames across all connections and functions. A window is one minute of `nowMs`. Counts of
 * different windows never mix, and concurrent counts are never lost.
 */
export interface AbuseCounter {
  /** Adds one to the window of `nowMs`. Returns that window's count, including this one. */
  count(user: string, nowMs: number, signal: AbortSignal): Promise<number>;
}
