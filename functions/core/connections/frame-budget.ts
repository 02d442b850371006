import { type ClientFrame, type ErrorFrame, LIMITS, wireError } from "../../../protocol/index.ts";
import { type Request, readFrame, subjectOf } from "../request.ts";
import { Buckets } from "../shared/rate-limit.ts";
import { countRefusal, type FloodPenaltyDeps } from "./flood-penalty.ts";
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

/**
 * Reads a frame and takes its price from the budget of its connection. Returns the frame, or the error to answer. Comes
 * before anything else, whatever the frame is: a flood must cost no more than decoding it.
 */
export async function readPaidFrame(
  deps: FrameBudgetDeps,
  request: Request,
  signal: AbortSignal,
): Promise<ClientFrame | ErrorFrame> {
  const frame = readFrame(request);
  const retryAfterMs = deps.budgets.take(request.connection, priceOf(frame), deps.now());
  return retryAfterMs === undefined ? frame : refuseForRate(deps, request, frame, retryAfterMs, signal);
}

/** Counts a frame that is refused for its rate, and returns the error to answer. */
export async function refuseForRate(
  deps: FloodPenaltyDeps,
  { user }: Pick<Request, "user">,
  frame: ClientFrame | ErrorFrame,
  retryAfterMs: number,
  signal: AbortSignal,
): Promise<ErrorFrame> {
  await countRefusal(deps, user, signal);
  const subject = frame.type === "error" ? { id: frame.id, ids: frame.ids } : subjectOf(frame);
  return { type: "error", error: { ...wireError("rate_limited"), retryAfterMs }, ...subject };
}
