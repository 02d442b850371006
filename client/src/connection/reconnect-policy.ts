import type { BackoffBounds } from "../api/options.ts";
import { fullJitterMs } from "./backoff.ts";

/** A connection open for less than this has not proved anything: the backoff goes on growing. */
export const LIVED_MS = 10_000;

/** So many attempts in a row that never opened are worth telling the application. */
export const FAILURES_BEFORE_REPORT = 3;

export interface ReconnectHistory {
  /** Connections that ended since the last one that lived. */
  readonly attempts: number;
  /** Attempts in a row that ended before open. */
  readonly failedOpens: number;
}

export const NO_FAILURES: ReconnectHistory = { attempts: 0, failedOpens: 0 };

export interface Reconnect {
  readonly history: ReconnectHistory;
  readonly delayMs: number;
  readonly report: boolean;
}

/**
 * What to do after a connection ended.
 *
 * @param openForMs how long it was open; undefined if it never opened
 * @param random in [0, 1)
 */
export function reconnectAfter(
  history: ReconnectHistory,
  openForMs: number | undefined,
  bounds: BackoffBounds,
  random: number,
): Reconnect {
  const attempts = openForMs !== undefined && openForMs >= LIVED_MS ? 0 : history.attempts;
  const failedOpens = openForMs === undefined ? history.failedOpens + 1 : 0;
  return {
    history: { attempts: attempts + 1, failedOpens },
    delayMs: fullJitterMs(attempts, bounds, random),
    report: failedOpens === FAILURES_BEFORE_REPORT,
  };
}
