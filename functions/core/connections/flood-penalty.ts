import { wireError } from "../../../protocol/index.ts";
import type { AbuseCounter } from "../../ports/abuse-counter.ts";
import type { Log } from "../../ports/log.ts";
import { activeLeases } from "../presence/leases.ts";
import { errorName } from "../shared/error-name.ts";
import { type DisconnectDeps, disconnectAll } from "./disconnect.ts";

export interface FloodPenaltyDeps extends DisconnectDeps {
  readonly abuse: AbuseCounter;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly logger: Log;
}

/** Counts one refusal in this many, so that a flood costs the table next to nothing. */
const SAMPLE = 20;
/** Counted refusals in a minute: about 500 refused frames. A client that honours `retryAfterMs` has next to none. */
const MAX_PER_WINDOW = 25;
export const PENALTY_MS = 5 * 60_000;

/**
 * Counts a frame that was refused for its rate. A user with too many of them is locked out for a while and loses all
 * open connections. Never throws: the refusal itself does not depend on it.
 */
export async function countRefusal(deps: FloodPenaltyDeps, user: string, signal: AbortSignal): Promise<void> {
  if (deps.random() >= 1 / SAMPLE) return;
  try {
    const nowMs = deps.now();
    if ((await deps.abuse.count(user, nowMs, signal)) < MAX_PER_WINDOW) return;
    deps.logger.warn("a flooding user is locked out", { user, forMs: PENALTY_MS });
    const { leases } = await deps.leases.penalize(user, nowMs + PENALTY_MS, signal);
    const error = { ...wireError("rate_limited"), retryAfterMs: PENALTY_MS };
    await disconnectAll(deps, user, activeLeases(leases, nowMs), { type: "error", error }, signal);
  } catch (error) {
    deps.logger.warn("a refused frame was not counted", { user, error: errorName(error) });
  }
}
