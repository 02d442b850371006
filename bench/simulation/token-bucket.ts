/** A quota as AWS enforces most of them: so many a second, and some at once after a pause. */
export class TokenBucket {
  readonly perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs = 0;

  constructor(perSecond: number, burst: number) {
    this.perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  tryTake(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** For who waits and does not give up: takes them in advance. Returns in how many milliseconds they will be there. */
  reserve(count: number, nowMs: number): number {
    this.#refill(nowMs);
    this.#tokens -= count;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.perSecond) * 1000;
  }

  #refill(nowMs: number): void {
    const grown = this.#tokens + ((nowMs - this.#filledAtMs) / 1000) * this.perSecond;
    this.#tokens = Math.min(this.#burst, grown);
    this.#filledAtMs = nowMs;
  }
}
