import type { Settings } from "./api/options.ts";
import { fullJitterMs } from "./connection/backoff.ts";

/** How long to wait with the next attempt at what failed for now, or came to nothing, so many times before. */
export function retryInMs({ random, timings }: Settings, failures: number): number {
  return fullJitterMs(failures, timings.retry, random());
}
