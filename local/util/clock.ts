/**
 * The cloud's clock: real time plus an offset that tests move forward. The workers read the same memory, so
 * functions, gateways and token issuer agree; the emulators of AWS services keep real time.
 */
export class Clock {
  readonly offset = new BigInt64Array(new SharedArrayBuffer(8));

  now(): number {
    return Date.now() + Number(Atomics.load(this.offset, 0));
  }

  /** Forward only: services never see their time run backwards. */
  advance(ms: number): void {
    if (!Number.isSafeInteger(ms) || ms < 0)
      throw new RangeError(`a clock advances by whole milliseconds, not ${ms}`);
    Atomics.add(this.offset, 0, BigInt(ms));
  }
}
