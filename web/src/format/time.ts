const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** By name, since making one takes fifty times as long as using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Lets times be shown in the device's zone again, after it may have changed: a format keeps the zone it was made in. */
export function renewFormats(): void {
  formats.clear();
}

function format(atMs: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(undefined, options);
  formats.set(key, format);
  return format.format(atMs);
}

/** Formats the time of day as the user's language does: `10:02`, `10:02 AM`. */
export function clockTime(atMs: number): string {
  return format(atMs, { timeStyle: "short" });
}

/** Returns the local midnight before a time: equal for all times of one day. */
export function dayOf(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** Identifies the day of a time and the zone in which it is one: when it changes, times have to be shown anew. */
export function localDay(atMs: number): string {
  return `${dayOf(atMs)} ${new Intl.DateTimeFormat().resolvedOptions().timeZone}`;
}

/** Returns the number of midnights between two times; negative if the first is later. A day may have 23 or 25 hours. */
function daysBetween(atMs: number, nowMs: number): number {
  return Math.round((dayOf(nowMs) - dayOf(atMs)) / (24 * HOUR_MS));
}

function isSameYear(atMs: number, nowMs: number): boolean {
  return new Date(atMs).getFullYear() === new Date(nowMs).getFullYear();
}

/** Names a day: `Today`, `Yesterday`, `Saturday, 21 November`, `21 November 2025`. */
export function dayName(atMs: number, nowMs: number): string {
  const daysAgo = daysBetween(atMs, nowMs);
  if (daysAgo === 0) return "Today";
  if (daysAgo === 1) return "Yesterday";
  const date = { day: "numeric", month: "long" } as const;
  return format(atMs, isSameYear(atMs, nowMs) ? { ...date, weekday: "long" } : { ...date, year: "numeric" });
}

/** Formats a time for a list: the time of day if today, the weekday within a week, otherwise the date. */
export function shortTime(atMs: number, nowMs: number): string {
  const daysAgo = daysBetween(atMs, nowMs);
  // A device whose clock is slow has its midnight after the server's.
  const isJustAhead = daysAgo < 0 && atMs - nowMs < 12 * HOUR_MS;
  if (daysAgo === 0 || isJustAhead) return clockTime(atMs);
  if (daysAgo > 0 && daysAgo < 7) return format(atMs, { weekday: "short" });
  return isSameYear(atMs, nowMs)
    ? format(atMs, { day: "numeric", month: "short" })
    : format(atMs, { day: "2-digit", month: "2-digit", year: "2-digit" });
}

/** English, as the sentence around it. */
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** Formats a time relative to now: `5 minutes ago`, `yesterday`, or the date after a month. Never in the future. */
export function ago(atMs: number, nowMs: number): string {
  const pastMs = nowMs - atMs;
  const daysAgo = daysBetween(atMs, nowMs);
  if (pastMs < MINUTE_MS) return "just now";
  if (pastMs < HOUR_MS) return relative.format(-Math.floor(pastMs / MINUTE_MS), "minute");
  // In the night, hours say more than "yesterday".
  if (daysAgo === 0 || pastMs < 6 * HOUR_MS) return relative.format(-Math.floor(pastMs / HOUR_MS), "hour");
  if (daysAgo < 30) return relative.format(-daysAgo, "day");
  return `on ${format(atMs, { day: "numeric", month: "long", ...(!isSameYear(atMs, nowMs) && { year: "numeric" }) })}`;
}
