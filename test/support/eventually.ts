import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until `check` returns something other than false, null or undefined, and returns it. An exception of `check`
 * counts as "not yet"; at the deadline it becomes the cause of an error that says what was awaited.
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
      throw new Error(`timed out after ${timeoutMs} ms waiting for: ${what}`, { cause: problem });
    }
    await pause(10);
  }
}
