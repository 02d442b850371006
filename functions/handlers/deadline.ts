/** API Gateway waits 29 s for an integration, a client will not: work for one frame ends here. */
const REQUEST_DEADLINE_MS = 8_000;

/** For saying that the work failed: a time of its own, that of the work may have run out. */
export const POST_TIMEOUT_MS = 1_500;

export function requestSignal(): AbortSignal {
  return AbortSignal.timeout(REQUEST_DEADLINE_MS);
}
