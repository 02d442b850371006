/** Deadline of the work for one frame. API Gateway waits 29 s for an integration, but a client will not. */
const REQUEST_DEADLINE_MS = 8_000;

/** A separate timeout for reporting a failure: that of the work may have run out. */
export const POST_TIMEOUT_MS = 1_500;

export function requestSignal(): AbortSignal {
  return AbortSignal.timeout(REQUEST_DEADLINE_MS);
}
