import type { ClientStorage } from "../api/storage.ts";

/**
 * Claims a name with a Web Lock, which ends with its page. If there are no Web Locks (on pages that are not a secure
 * context) or they fail, every claim succeeds, so there only one tab at a time should be open.
 */
export const claimByWebLock: ClientStorage["claim"] = (name, wait) =>
  new Promise((resolve) => {
    const held = (lock: unknown) =>
      new Promise<void>((release) => resolve(lock === null ? undefined : release));
    const request = async () =>
      navigator.locks.request(name, wait === undefined ? { ifAvailable: true } : { signal: wait }, held);
    request().catch(() => resolve(wait?.aborted ? undefined : () => {}));
  });
