import { setTimeout as delay } from "node:timers/promises";
import { isTransactionConflict } from "./errors.ts";

const MAX_ATTEMPTS = 5;
/** Doubles with each attempt: 300 ms in all, at most. A transaction takes a few tens of milliseconds. */
const FIRST_DELAY_MS = 20;

/**
 * Makes a write again while another transaction is under way on its items: `commit` writes inbox rows in transactions,
 * and the SDK does not retry a conflict. Only for writes that a conflict tells nothing: where it is a lost race, as for
 * an append, the caller reads again instead. Throws the last conflict after five attempts.
 */
export async function retryConflicts<T>(write: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isTransactionConflict(error)) throw error;
      const longestMs = FIRST_DELAY_MS * 2 ** (attempt - 1);
      await delay(Math.random() * longestMs, undefined, { signal });
    }
  }
}
