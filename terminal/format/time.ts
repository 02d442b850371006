const DAY_MS = 24 * 60 * 60 * 1000;

/** `10:02`; on another day `21 Nov 10:02`. */
export function formatTime(atMs: number, nowMs: number, timeZone?: string): string {
  const time = clock(atMs, timeZone);
  return isSameDay(atMs, nowMs, timeZone) ? time : `${dayOf(atMs, timeZone)} ${time}`;
}

/** `10:02`. */
export function clock(atMs: number, timeZone?: string): string {
  return written(atMs, { timeZone, hour: "2-digit", minute: "2-digit" });
}

export function isSameDay(oneMs: number, otherMs: number, timeZone?: string): boolean {
  return Math.abs(otherMs - oneMs) < DAY_MS && dayOf(oneMs, timeZone) === dayOf(otherMs, timeZone);
}

/** `Sat 21 November`, with its year where that is another. */
export function longDay(atMs: number, nowMs: number, timeZone?: string): string {
  const yearOf = (ms: number) => written(ms, { timeZone, year: "numeric" });
  const weekday = written(atMs, { timeZone, weekday: "short" });
  const day = `${weekday} ${written(atMs, { timeZone, day: "numeric", month: "long" })}`;
  return yearOf(atMs) === yearOf(nowMs) ? day : `${day} ${yearOf(atMs)}`;
}

/** `21 Nov`. */
function dayOf(atMs: number, timeZone?: string): string {
  return written(atMs, { timeZone, day: "numeric", month: "short" });
}

/** To make one takes longer than all else that a row of a screen needs. */
const formats = new Map<string, Intl.DateTimeFormat>();

function written(atMs: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.DateTimeFormat("en-GB", options);
  formats.set(key, format);
  return format.format(atMs);
}
