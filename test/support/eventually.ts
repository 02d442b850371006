import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until `check` returns something other than false, null or undefined, and returns it. What it throws
 * counts as "not yet" and is told, with what was awaited, when the deadline has passed.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  options: { timeoutMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 5000 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let problem: unknown;
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`, { cause: problem });
    }
    await pause(10);
  }
}
