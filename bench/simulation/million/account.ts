import type { VirtualClock } from "../clock.ts";
import { SERVICES } from "../services.ts";
import { TokenBucket } from "../token-bucket.ts";

/** Quotas of an account that are available for messages and their pushes. */
export interface AccountLimits {
  readonly gatewayPerSecond: number;
  readonly lambdaConcurrency: number;
  readonly fifoPublishesPerSecond: number;
  readonly readUnitsPerSecond: number;
  readonly writeUnitsPerSecond: number;
}

/** AWS, "Lambda scaling behavior": burst and continuous refill of the environments that a function may add. */
const NEW_ENVIRONMENTS = 1_000;
const NEW_ENVIRONMENTS_PER_SECOND = 100;
/** Assumed: time for which the SDK retries a throttled call before it fails. */
const TABLE_RETRY_MS = 1_000;

export class Throttled extends Error {
  override readonly name = "ThrottlingException";
}

/** An account's quotas as token buckets and counters, with their peak use. */
export class Account {
  readonly gateway: TokenBucket;
  readonly publishes: TokenBucket;
  readonly #reads: TokenBucket;
  readonly #writes: TokenBucket;
  readonly #clock: VirtualClock;
  readonly #limits: AccountLimits;
  readonly #scaling = new Map<string, { bucket: TokenBucket; environments: number; inUse: number }>();
  #inUse = 0;
  maxInUse = 0;
  refusedInvocations = 0;
  throttledTableCalls = 0;

  constructor(clock: VirtualClock, limits: AccountLimits) {
    this.#clock = clock;
    this.#limits = limits;
    const burst = (limits.gatewayPerSecond * SERVICES.gatewayBurst) / SERVICES.gatewayPerSecond;
    this.gateway = new TokenBucket(limits.gatewayPerSecond, burst);
    this.publishes = new TokenBucket(limits.fifoPublishesPerSecond, limits.fifoPublishesPerSecond);
    this.#reads = new TokenBucket(limits.readUnitsPerSecond, limits.readUnitsPerSecond);
    this.#writes = new TokenBucket(limits.writeUnitsPerSecond, limits.writeUnitsPerSecond);
  }

  /** Runs an invocation, or throws `Throttled`. */
  async invoke<T>(name: string, run: () => Promise<T>): Promise<T> {
    const state = this.#scaling.get(name) ?? {
      bucket: new TokenBucket(NEW_ENVIRONMENTS_PER_SECOND, NEW_ENVIRONMENTS),
      environments: 0,
      inUse: 0,
    };
    this.#scaling.set(name, state);
    const needsNew = state.inUse === state.environments;
    if (
      this.#inUse >= this.#limits.lambdaConcurrency ||
      (needsNew && !state.bucket.tryTake(this.#clock.now()))
    ) {
      this.refusedInvocations += 1;
      throw new Throttled("Rate Exceeded");
    }
    if (needsNew) state.environments += 1;
    state.inUse += 1;
    this.#inUse += 1;
    this.maxInUse = Math.max(this.maxInUse, this.#inUse);
    try {
      return await run();
    } finally {
      state.inUse -= 1;
      this.#inUse -= 1;
    }
  }

  read = (units: number, signal: AbortSignal) => this.#table(this.#reads, units, signal);
  write = (units: number, signal: AbortSignal) => this.#table(this.#writes, units, signal);

  async #table(bucket: TokenBucket, units: number, signal: AbortSignal): Promise<void> {
    const waitMs = bucket.reserve(units, this.#clock.now());
    if (waitMs === 0) return;
    this.throttledTableCalls += 1;
    await this.#clock.sleep(Math.min(waitMs, TABLE_RETRY_MS), signal);
    if (waitMs <= TABLE_RETRY_MS) return;
    bucket.reserve(-units, this.#clock.now());
    throw new Throttled("Throughput exceeds the current capacity of your table");
  }
}
