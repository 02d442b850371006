import { wireError } from "../../../protocol/index.ts";
import type { AbuseCounter } from "../../ports/abuse-counter.ts";
import type { Log } from "../../ports/log.ts";
import { activeLeases } from "../presence/leases.ts";
import { errorName } from "../shared/error-name.ts";
import { RecentMap } from "../shared/rate-limit.ts";
import { type DisconnectDeps, disconnectAll } from "./disconnect.ts";

export interface FloodPenaltyDeps extends DisconnectDeps {
  readonly abuse: AbuseCounter;
  readonly meter: UnitMeter;
  readonly logger: Log;
}

/** Units that one count in the table stands for. Most users need fewer in a minute, and cost no call. */
const UNITS_PER_COUNT = 50;
/** Counts in a minute that are a flood: 3 000 units, more than one connection may spend, burst included. */
const MAX_COUNTS = 60;
export const PENALTY_MS = 5 * 60_000;

const WINDOW_MS = 60_000;
const MAX_USERS = 10_000;

/** Units of each user that are not counted in the table yet, in the memory of one warm environment. */
export class UnitMeter {
  readonly #users = new RecentMap<{ readonly window: number; readonly units: number }>(MAX_USERS);

  /** Adds units of the current minute. Returns how many counts are due. */
  add(user: string, units: number, nowMs: number): number {
    const window = Math.floor(nowMs / WINDOW_MS);
    const before = this.#users.get(user);
    const sum = units + (before?.window === window ? before.units : 0);
    this.#users.set(user, { window, units: sum % UNITS_PER_COUNT });
    return Math.floor(sum / UNITS_PER_COUNT);
  }
}

/**
 * Counts what a user's frames cost, over all connections and environments: a flood that is spread over many of them
 * exceeds no budget in any. A user with too much in a minute is locked out for a while and loses all open connections.
 * Never throws: whether a frame is answered does not depend on it.
 */
export async function countUnits(
  deps: FloodPenaltyDeps,
  user: string,
  units: number,
  signal: AbortSignal,
): Promise<void> {
  const nowMs = deps.now();
  try {
    for (let due = deps.meter.add(user, units, nowMs); due > 0; due--) {
      if ((await deps.abuse.count(user, nowMs, signal)) >= MAX_COUNTS)
        return await penalize(deps, user, nowMs, signal);
    }
  } catch (error) {
    deps.logger.warn("a user's frames were not counted", { user, error: errorName(error) });
  }
}

async function penalize(
  deps: FloodPenaltyDeps,
  user: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  deps.logger.warn("a flooding user is locked out", { user, forMs: PENALTY_MS });
  const { leases } = await deps.leases.penalize(user, nowMs + PENALTY_MS, signal);
  const error = { ...wireError("rate_limited"), retryAfterMs: PENALTY_MS };
  await disconnectAll(deps, user, activeLeases(leases, nowMs), { type: "error", error }, signal);
}
