import type { ThrottleLimits } from "../../wiring/manifest.ts";
import type { Clock } from "../util/clock.ts";

/**
 * Throttles the requests of a stage: handshakes and messages of all connections together. A route with limits of its own
 * has a bucket of its own instead. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-protect.html
 */
export class StageThrottle {
  readonly #stage: TokenBucket;
  readonly #routes: ReadonlyMap<string, TokenBucket>;

  constructor(stage: ThrottleLimits, routes: Readonly<Record<string, ThrottleLimits>>, clock: Clock) {
    this.#stage = new TokenBucket(stage, clock);
    this.#routes = new Map(
      Object.entries(routes).map(([routeKey, limits]) => [routeKey, new TokenBucket(limits, clock)]),
    );
  }

  /** Returns false if a request of this route exceeds the limits now. */
  admits(routeKey: string): boolean {
    return (this.#routes.get(routeKey) ?? this.#stage).tryTake();
  }
}

class TokenBucket {
  readonly #limits: ThrottleLimits;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  constructor(limits: ThrottleLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#tokens = limits.burstLimit;
    this.#filledAtMs = clock.now();
  }

  tryTake(): boolean {
    const nowMs = this.#clock.now();
    const grown = ((nowMs - this.#filledAtMs) / 1000) * this.#limits.rateLimit;
    this.#tokens = Math.min(this.#limits.burstLimit, this.#tokens + grown);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
