const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Converts `90s`, `10m`, `2h`, `1d` to milliseconds. Returns undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return count === undefined || unitMs === undefined ? undefined : Number(count) * unitMs;
}

/** Rounds a duration for people, to the largest unit that it contains at least twice. */
export function formatDuration(ms: number): string {
  const [unit, unitMs] = Object.entries(UNIT_MS)
    .toReversed()
    .find(([, size]) => ms >= 2 * size) ?? ["s", 1_000];
  return `${Math.round(ms / unitMs)}${unit}`;
}
