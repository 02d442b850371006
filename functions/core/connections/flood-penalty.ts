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
/** Counts in a minute after which frames are refused: 3 000 units, more than one connection may spend, burst included. */
const MAX_COUNTS = 60;
/** Counts in a minute that are a flood: 4 000 units. Whoever waits when told does not get there. */
const FLOOD_COUNTS = 80;
/** Units that a refusal counts in addition: a client that waits for `retryAfterMs` has next to none. */
const REFUSED_UNITS = 5;
export const PENALTY_MS = 5 * 60_000;

const WINDOW_MS = 60_000;
const MAX_USERS = 10_000;

interface Minute {
  readonly window: number;
  /** Units that are not counted in the table yet. */
  readonly units: number;
  /** The user has spent what all connections may spend in this minute. */
  readonly spent: boolean;
}

/** Units of each user in the current minute, in the memory of one warm environment. */
export class UnitMeter {
  readonly #users = new RecentMap<Minute>(MAX_USERS);

  /** Adds units. Returns how many counts are due. */
  add(user: string, units: number, nowMs: number): number {
    const { units: before, spent } = this.#minute(user, nowMs);
    const sum = before + units;
    this.#users.set(user, { window: windowOf(nowMs), units: sum % UNITS_PER_COUNT, spent });
    return Math.floor(sum / UNITS_PER_COUNT);
  }

  /** Remembers that the user has spent this minute's units. */
  spend(user: string, nowMs: number): void {
    this.#users.set(user, { ...this.#minute(user, nowMs), spent: true });
  }

  /** Time to wait if this minute's units are spent, in milliseconds. */
  retryAfterMs(user: string, nowMs: number): number | undefined {
    return this.#minute(user, nowMs).spent ? (windowOf(nowMs) + 1) * WINDOW_MS - nowMs : undefined;
  }

  #minute(user: string, nowMs: number): Minute {
    const window = windowOf(nowMs);
    const minute = this.#users.get(user);
    return minute?.window === window ? minute : { window, units: 0, spent: false };
  }
}

const windowOf = (nowMs: number) => Math.floor(nowMs / WINDOW_MS);

/**
 * Counts what a frame costs its user, over all connections and environments: a flood that is spread over many of them
 * exceeds no budget in any. Returns how long to wait, in milliseconds, if the user has spent a minute's units. Never
 * throws: without the table, the budgets of connections hold.
 */
export async function countUnits(
  deps: FloodPenaltyDeps,
  user: string,
  units: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const nowMs = deps.now();
  try {
    for (let due = deps.meter.add(user, units, nowMs); due > 0; due--) {
      const count = await deps.abuse.count(user, nowMs, signal);
      if (count >= MAX_COUNTS) deps.meter.spend(user, nowMs);
      if (count < FLOOD_COUNTS) continue;
      await penalize(deps, user, nowMs, signal);
      break;
    }
  } catch (error) {
    deps.logger.warn("a user's frames were not counted", { user, error: errorName(error) });
  }
  return deps.meter.retryAfterMs(user, nowMs);
}

/** Counts that a frame was refused for its rate. */
export async function countRefusal(deps: FloodPenaltyDeps, user: string, signal: AbortSignal): Promise<void> {
  await countUnits(deps, user, REFUSED_UNITS, signal);
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
