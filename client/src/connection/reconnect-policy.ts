import type { BackoffBounds } from "../api/options.ts";
import { fullJitterMs } from "./backoff.ts";

/** A connection must be open this long before the backoff starts again; until then it keeps growing. */
export const STABLE_AFTER_MS = 10_000;

/** Number of attempts in a row that never opened before the application is told. */
export const FAILURES_BEFORE_REPORT = 3;

export interface ReconnectHistory {
  /** Connections that ended since the last stable one. */
  readonly attempts: number;
  /** Attempts in a row that never opened. */
  readonly failedOpens: number;
}

export const NO_FAILURES: ReconnectHistory = { attempts: 0, failedOpens: 0 };

export interface ReconnectPlan {
  readonly history: ReconnectHistory;
  readonly delayMs: number;
  /** True if the application should be told now. */
  readonly report: boolean;
}

/**
 * Plans the next attempt after a connection has ended.
 *
 * @param openForMs time for which it was open; undefined if it never opened
 * @param random in [0, 1)
 */
export function planReconnect(
  history: ReconnectHistory,
  openForMs: number | undefined,
  bounds: BackoffBounds,
  random: number,
): ReconnectPlan {
  const attempts = openForMs !== undefined && openForMs >= STABLE_AFTER_MS ? 0 : history.attempts;
  const failedOpens = openForMs === undefined ? history.failedOpens + 1 : 0;
  return {
    history: { attempts: attempts + 1, failedOpens },
    delayMs: fullJitterMs(attempts, bounds, random),
    report: failedOpens === FAILURES_BEFORE_REPORT,
  };
}
