import { LIMITS } from "../../../protocol/index.ts";
import { type Bucket, RecentMap, refilled } from "../shared/rate-limit.ts";

/** More connections than a warm environment serves within the three seconds in which an empty bucket fills up. */
const MAX_CONNECTIONS = 10_000;

const RATE = { perSecond: LIMITS.framesPerSecond, burst: LIMITS.frameBurst };

/**
 * Token bucket per connection, in the memory of one warm environment. A connection's effective limit is this, times
 * the environments its frames are spread over. Connections idle longest are forgotten.
 */
export class ConnectionRateLimit {
  readonly #buckets = new RecentMap<Bucket>(MAX_CONNECTIONS);

  /** Takes one token. If there is none, returns the milliseconds until there is one. */
  take(connection: string, nowMs: number): number | undefined {
    const { tokens, atMs } = refilled(this.#buckets.get(connection), RATE, nowMs);
    const enough = tokens >= 1;
    this.#buckets.set(connection, { tokens: enough ? tokens - 1 : tokens, atMs });
    return enough ? undefined : Math.ceil(((1 - tokens) * 1000) / RATE.perSecond);
  }
}
