import {
  type ClientFrame,
  type ErrorFrame,
  LIMITS,
  type WireError,
  wireError,
} from "../../../protocol/index.ts";
import { type Request, readFrame, subjectOf } from "../request.ts";
import { Buckets } from "../shared/rate-limit.ts";
import { countRefusal, countUnits, type FloodPenaltyDeps } from "./flood-penalty.ts";
import { priceOf } from "./frame-prices.ts";

export interface FrameBudgetDeps extends FloodPenaltyDeps {
  readonly budgets: Buckets;
}

/**
 * Budgets of connections, in units, in the memory of one warm environment. A connection's effective limit is this,
 * times the environments that its frames are spread over.
 */
export function connectionBudgets(): Buckets {
  return new Buckets({ perSecond: LIMITS.unitsPerSecond, burst: LIMITS.unitBurst });
}

/** Watches that a connection may begin or replace: one in two seconds, and some at once after it has connected. */
export function connectionWatchRate(): Buckets {
  return new Buckets({ perSecond: 0.5, burst: 3 });
}

/**
 * Reads a frame and takes its price from the budgets of its user and its connection. Returns the frame, or the error to answer. Comes
 * before anything else, whatever the frame is: a flood must cost no more than decoding it.
 */
export async function readPaidFrame(
  deps: FrameBudgetDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ClientFrame | ErrorFrame> {
  const frame = readFrame(request);
  const price = priceOf(frame);
  const userMs = await countUnits(deps, request.user, price, signal);
  const retryAfterMs = userMs ?? deps.budgets.take(request.connection, price, deps.now());
  if (retryAfterMs === undefined) return frame;
  const subject = frame.type === "error" ? { id: frame.id, ids: frame.ids } : subjectOf(frame);
  return { type: "error", error: await refusalForRate(deps, request.user, retryAfterMs, signal), ...subject };
}

/** Counts a frame that is refused for its rate. Returns the error to answer. */
export async function refusalForRate(
  deps: FloodPenaltyDeps,
  user: string,
  retryAfterMs: number,
  signal: AbortSignal,
): Promise<WireError> {
  await countRefusal(deps, user, signal);
  return { ...wireError("rate_limited"), retryAfterMs };
}
