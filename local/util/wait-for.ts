import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 10;

/** Repeats `check` until it returns true; at the deadline, throws an error that says what it waited for. */
export async function waitFor(what: string, timeoutMs: number, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await pause(INTERVAL_MS);
  }
}
