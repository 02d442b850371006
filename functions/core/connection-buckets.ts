import { LIMITS } from "../../protocol/index.ts";

/** More than a warm environment serves within the three seconds in which an empty bucket fills up. */
const MAX_CONNECTIONS = 10_000;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * A token bucket per connection, in the memory of one warm environment: what a connection may really send is that
 * times the environments its frames are spread over. The connections that have been quiet longest are forgotten.
 */
export class ConnectionBuckets {
  /** In the order of their last frame. */
  readonly #buckets = new Map<string, Bucket>();

  /** Takes one token. Returns how long to wait for one if there is none, in milliseconds. */
  take(connection: string, nowMs: number): number | undefined {
    const { framesPerSecond, frameBurst } = LIMITS;
    const bucket = this.#buckets.get(connection) ?? { tokens: frameBurst, filledAtMs: nowMs };
    this.#buckets.delete(connection);
    this.#buckets.set(connection, bucket);
    if (this.#buckets.size > MAX_CONNECTIONS) {
      for (const [oldest] of this.#buckets) {
        this.#buckets.delete(oldest);
        break;
      }
    }

    // A clock set back fills nothing.
    const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
    bucket.tokens = Math.min(frameBurst, bucket.tokens + (elapsedMs * framesPerSecond) / 1000);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 1000) / framesPerSecond);
    bucket.tokens -= 1;
    return undefined;
  }
}
