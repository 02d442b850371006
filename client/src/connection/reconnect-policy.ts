import type { BackoffBounds } from "../api/options.ts";
import { fullJitterMs } from "./backoff.ts";

/** Number of attempts in a row that never opened before the application is told. */
export const FAILURES_BEFORE_REPORT = 3;

/** The progress of a connection before it ended: `synced` if it was in service until the network ended it. */
export type ConnectionEnd = "unopened" | "opened" | "synced";

export interface ReconnectHistory {
  /** Connections that ended since the last one that was in sync. */
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
 * Plans the next attempt after a connection has ended. One that was in sync starts the backoff again, however short it
 * lasted: on a network that comes and goes, a growing delay would miss the moments in which it is there.
 *
 * @param random in [0, 1)
 */
export function planReconnect(
  history: ReconnectHistory,
  end: ConnectionEnd,
  bounds: BackoffBounds,
  random: number,
): ReconnectPlan {
  const attempts = end === "synced" ? 0 : history.attempts;
  const failedOpens = end === "unopened" ? history.failedOpens + 1 : 0;
  return {
    history: { attempts: attempts + 1, failedOpens },
    delayMs: fullJitterMs(attempts, bounds, random),
    report: failedOpens === FAILURES_BEFORE_REPORT,
  };
}
