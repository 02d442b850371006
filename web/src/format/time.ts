/** Formats the time of day: `10:02`. */
export function clockTime(atMs: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(atMs);
}

/** Returns the local midnight before a time: equal for all times of one day. */
export function dayOf(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** Names a day: `Today`, `Yesterday`, `Saturday, 21 November`, `21 November 2025`. */
export function dayName(atMs: number, nowMs: number): string {
  const daysAgo = Math.round((dayOf(nowMs) - dayOf(atMs)) / 86_400_000);
  if (daysAgo === 0) return "Today";
  if (daysAgo === 1) return "Yesterday";
  const isThisYear = new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
  const date = { day: "numeric", month: "long" } as const;
  return new Intl.DateTimeFormat(
    undefined,
    isThisYear ? { ...date, weekday: "long" } : { ...date, year: "numeric" },
  ).format(atMs);
}

/** Formats a time for a list: the time of day if today, the weekday within a week, otherwise the date. */
export function shortTime(atMs: number, nowMs: number): string {
  const daysAgo = Math.round((dayOf(nowMs) - dayOf(atMs)) / 86_400_000);
  if (daysAgo <= 0) return clockTime(atMs);
  const format =
    daysAgo < 7 ? ({ weekday: "short" } as const) : ({ day: "numeric", month: "short" } as const);
  return new Intl.DateTimeFormat(undefined, format).format(atMs);
}

/** Formats a time relative to now: `5 minutes ago`. */
export function ago(atMs: number, nowMs: number): string {
  const minutes = Math.max(0, Math.round((nowMs - atMs) / 60_000));
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (minutes < 1) return "just now";
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 24 * 60) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-Math.round(minutes / 60 / 24), "day");
}
