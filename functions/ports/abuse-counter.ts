/**
 * Counts what a user was refused, over all connections and functions. Windows are minutes of
 * the clock that `nowMs` is of; counts of different windows never mix, and none is lost to another at the same time.
 */
export interface AbuseCounter {
  /** Counts one more in the window of `nowMs`. Returns the count of that window, this one included. */
  count(user: string, nowMs: number, signal: AbortSignal): Promise<number>;
}
