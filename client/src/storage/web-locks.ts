import type { ClientStorage } from "../api/storage.ts";

/**
 * Claims by Web Locks, which end with their page. Where there are none (pages that are no secure context) every claim
 * succeeds: there, one tab at a time.
 */
export const claimByWebLock: ClientStorage["claim"] = (name, wait) => {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    const held = (lock: unknown) =>
      new Promise<void>((release) => resolve(lock === null ? undefined : release));
    const options = wait === undefined ? { ifAvailable: true } : { signal: wait };
    locks
      .request(name, options, held)
      .catch((error: unknown) => (wait?.aborted ? resolve(undefined) : reject(error)));
  });
};
