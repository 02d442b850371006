import { delay } from "../api/clock.ts";
import { ClientError, NoReplyError, RefusedError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import { fullJitterMs } from "./backoff.ts";
import type { Connection, Request } from "./connection.ts";

const MAX_ATTEMPTS = 5;

/** A request that is asked again, on the same connection, while it fails for a temporary reason. */
export async function requestWithRetry(
  connection: Connection,
  request: Request,
  settings: Settings,
): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await connection.request(request);
    } catch (error) {
      const again = error instanceof ClientError && error.temporary && attempt + 1 < MAX_ATTEMPTS;
      if (!again || connection.signal.aborted) throw error;
      // Whether the server is slow or the socket dead, the ping will tell.
      if (error instanceof NoReplyError) connection.ping();
      const asked = error instanceof RefusedError ? error.retryAfterMs : undefined;
      await delay(settings.clock, asked ?? retryInMs(settings, attempt), connection.signal);
    }
  }
}

/** How long to wait with the next attempt at what failed for now, or came to nothing, so many times before. */
export function retryInMs({ random, timings }: Settings, failures: number): number {
  return fullJitterMs(failures, timings.retry, random());
}
