import type { BackoffBounds } from "../api/options.ts";

/**
 * Full jitter: anywhere between nothing and the exponential bound, so that clients that failed together do not
 * come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param attempt how many attempts failed before, from 0
 * @param random in [0, 1)
 */
export function fullJitterMs(attempt: number, { baseMs, capMs }: BackoffBounds, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** attempt));
}

/** Equal jitter, of the same article: at least half the bound, for what must not come early. */
export function equalJitterMs(attempt: number, { baseMs, capMs }: BackoffBounds, random: number): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** attempt);
  return Math.floor(boundMs / 2 + (random * boundMs) / 2);
}
