const DAY_MS = 24 * 60 * 60 * 1000;

/** `10:02`; on another day `21 Nov 10:02`. */
export function formatTime(atMs: number, nowMs: number, timeZone?: string): string {
  const time = clock(atMs, timeZone);
  return isSameDay(atMs, nowMs, timeZone) ? time : `${formatDay(atMs, timeZone)} ${time}`;
}

/** `10:02`. */
export function clock(atMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(atMs);
}

/** `21 Nov`. */
function formatDay(atMs: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short" }).format(atMs);
}

export function isSameDay(oneMs: number, otherMs: number, timeZone?: string): boolean {
  return formatDay(oneMs, timeZone) === formatDay(otherMs, timeZone) && Math.abs(otherMs - oneMs) < DAY_MS;
}

/** `Sat 21 November`, with its year where that is another. */
export function longDay(atMs: number, nowMs: number, timeZone?: string): string {
  const written = (ms: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(ms);
  const yearOf = (ms: number) => written(ms, { year: "numeric" });
  const day = `${written(atMs, { weekday: "short" })} ${written(atMs, { day: "numeric", month: "long" })}`;
  return yearOf(atMs) === yearOf(nowMs) ? day : `${day} ${yearOf(atMs)}`;
}
