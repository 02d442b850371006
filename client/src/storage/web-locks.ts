import type { ClientStorage } from "../api/storage.ts";

/**
 * Claims a name with a Web Lock, which ends with its page. Without Web Locks (on pages that are not a secure context)
 * every claim succeeds, so there only one tab at a time may be open.
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
