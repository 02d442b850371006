import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits until `check` returns something other than false, null or undefined, and returns it. An exception of `check`
 * counts as "not yet"; at the deadline it becomes the cause of an error that says what was awaited. A check that asks the
 * server is made less often, or it spends the budget of its connection.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 5000, everyMs = 10 } = options;
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
    await pause(everyMs);
  }
}
