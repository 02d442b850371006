/**
 * The cloud's clock: real time plus an offset that tests move forward. The workers read the same memory, so that
 * functions, gateways and token issuer agree. The emulators of AWS services keep real time.
 */
export class Clock {
  readonly offset = new BigInt64Array(new SharedArrayBuffer(8));

  now(): number {
    return Date.now() + Number(Atomics.load(this.offset, 0));
  }

  /** Moves the clock forward, never back: no service ever sees its time run backwards. */
  advance(ms: number): void {
    if (!Number.isSafeInteger(ms) || ms < 0)
      throw new RangeError(`a clock advances by a whole number of milliseconds, not ${ms}`);
    Atomics.add(this.offset, 0, BigInt(ms));
  }
}
