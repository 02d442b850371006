import { delay } from "../api/clock.ts";
import { ClientError, NoReplyError, RefusedError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import { fullJitterMs } from "./backoff.ts";
import type { Connection, Request } from "./connection.ts";

const MAX_ATTEMPTS = 5;

/** Sends a request, repeating it on the same connection after temporary errors, up to 5 attempts in all. */
export async function requestWithRetry(
  connection: Connection,
  request: Request,
  settings: Settings,
): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connection.request(request);
    } catch (error) {
      const canRetry = error instanceof ClientError && error.temporary && attempt + 1 < MAX_ATTEMPTS;
      if (!canRetry || connection.signal.aborted) throw error;
      // The ping shows whether the server is slow or the socket dead.
      if (error instanceof NoReplyError) connection.ping();
      const retryAfterMs = error instanceof RefusedError ? error.retryAfterMs : undefined;
      await delay(settings.clock, retryAfterMs ?? retryDelayMs(settings, attempt), connection.signal);
    }
  }
}

/** Delay before the next retry, with full jitter. */
export function retryDelayMs({ random, timings }: Settings, failures: number): number {
  return fullJitterMs(failures, timings.retry, random());
}
