import type { BackoffBounds } from "../api/options.ts";

/**
 * Delay before the next attempt, with full jitter: anywhere between 0 and the exponential bound, so that clients that
 * failed together do not come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 *
 * @param attempt number of attempts that failed before, from 0
 * @param random in [0, 1)
 */
export function fullJitterMs(attempt: number, { baseMs, capMs }: BackoffBounds, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** attempt));
}

/** Delay with equal jitter, of the same article: at least half the bound, for attempts that must not come early. */
export function equalJitterMs(attempt: number, { baseMs, capMs }: BackoffBounds, random: number): number {
  const boundMs = Math.min(capMs, baseMs * 2 ** attempt);
  return Math.floor(boundMs / 2 + (random * boundMs) / 2);
}
