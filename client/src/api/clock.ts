import { ConnectionLostError } from "./errors.ts";

/** The client's source of time and timers. */
export interface Clock {
  nowMs(): number;
  /** Calls `fire` once, `delayMs` from now or later. Returns a function that cancels it, harmless after it has fired. */
  after(delayMs: number, fire: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`; rejects with ConnectionLostError as soon as the connection ends, whose signal it is. */
export function delay(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = new ConnectionLostError();
    if (signal.aborted) return reject(lost);
    const abort = () => {
      cancel();
      reject(lost);
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}
