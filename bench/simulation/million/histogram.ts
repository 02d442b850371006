/** A histogram of durations with buckets 2 % wide. Its memory does not grow with their number. */
export class Histogram {
  readonly #counts = new Float64Array(1024);
  count = 0;

  add(ms: number): void {
    const place = Math.floor(Math.log(Math.max(1, ms)) / Math.log(1.02));
    this.#counts[Math.min(this.#counts.length - 1, place)] = (this.#counts[place] ?? 0) + 1;
    this.count += 1;
  }

  /** Returns the milliseconds below which the given part of the durations stayed. */
  percentile(part: number): number {
    let seen = 0;
    for (const [place, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= this.count * part) return 1.02 ** (place + 1);
    }
    return Number.NaN;
  }
}
