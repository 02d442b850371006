/** Durations by classes 2 % wide: any number of them in the same memory. */
export class Histogram {
  readonly #counts = new Float64Array(1024);
  count = 0;

  add(ms: number): void {
    const place = Math.floor(Math.log(Math.max(1, ms)) / Math.log(1.02));
    this.#counts[Math.min(this.#counts.length - 1, place)] = (this.#counts[place] ?? 0) + 1;
    this.count += 1;
  }

  /** Milliseconds that so large a part of them stayed below. */
  percentile(part: number): number {
    let seen = 0;
    for (const [place, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= this.count * part) return 1.02 ** (place + 1);
    }
    return Number.NaN;
  }
}
