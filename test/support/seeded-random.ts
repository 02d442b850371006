/** Random numbers from a seed: the same seed gives the same run. */
export class SeededRandom {
  /** True stops all faults from here on. */
  faultFree = false;
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Returns a number in [0, 1), by mulberry32. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  fault(probability: number): boolean {
    return !this.faultFree && this.chance(probability);
  }

  readonly below = (bound: number): number => Math.floor(this.next() * bound);

  oneOf<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(choices.length)];
  }

  /** Returns a network delay: mostly short, so that frames overtake each other. */
  delayMs(): number {
    if (this.faultFree) return this.below(5);
    return this.below(this.chance(0.1) ? 3_000 : 60);
  }
}
