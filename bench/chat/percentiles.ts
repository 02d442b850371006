/** Returns the value that `fraction` of the values do not exceed, or NaN if there are none. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** Formats milliseconds with one decimal. */
export function formatMs(ms: number): string {
  return Number.isNaN(ms) ? "-" : ms.toFixed(1);
}

/** Formats the ratio of two durations. */
export function formatRatio(ms: number, baseMs: number): string {
  const ratio = ms / baseMs;
  return Number.isFinite(ratio) ? ratio.toFixed(2) : "-";
}
