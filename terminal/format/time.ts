const DAY_MS = 24 * 60 * 60 * 1000;

/** Formats a time as `10:02`, or `21 Nov 10:02` if it is on another day. */
export function formatTime(atMs: number, nowMs: number, timeZone?: string): string {
  const time = formatClock(atMs, timeZone);
  return isSameDay(atMs, nowMs, timeZone) ? time : `${shortDay(atMs, timeZone)} ${time}`;
}

/** Formats a time as `10:02`. */
export function formatClock(atMs: number, timeZone?: string): string {
  return format(atMs, { timeZone, hour: "2-digit", minute: "2-digit" });
}

export function isSameDay(oneMs: number, otherMs: number, timeZone?: string): boolean {
  return Math.abs(otherMs - oneMs) < DAY_MS && shortDay(oneMs, timeZone) === shortDay(otherMs, timeZone);
}

/** Formats a day as `Sat 21 November`, with the year if it is not the current one. */
export function formatDay(atMs: number, nowMs: number, timeZone?: string): string {
  const yearOf = (ms: number) => format(ms, { timeZone, year: "numeric" });
  const weekday = format(atMs, { timeZone, weekday: "short" });
  const day = `${weekday} ${format(atMs, { timeZone, day: "numeric", month: "long" })}`;
  return yearOf(atMs) === yearOf(nowMs) ? day : `${day} ${yearOf(atMs)}`;
}

/** Formats a day as `21 Nov`. */
function shortDay(atMs: number, timeZone?: string): string {
  return format(atMs, { timeZone, day: "numeric", month: "short" });
}

/** Cached, because creating a format takes longer than the rest of a screen row. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(atMs: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.DateTimeFormat("en-GB", options);
  formats.set(key, format);
  return format.format(atMs);
}
