import type { ClientStorage } from "../../client/src/index.ts";

export interface ReleasableStorage {
  readonly storage: ClientStorage;
  /** Resolves when a closed client has written everything. */
  readonly released: Promise<void>;
}

/** Wraps a storage to tell when the process may exit: a client's first claim is its own, and it releases that one last. */
export function releasable(storage: ClientStorage): ReleasableStorage {
  const { promise: released, resolve } = Promise.withResolvers<void>();
  let isFirst = true;
  return {
    released,
    storage: {
      read: (prefix) => storage.read(prefix),
      write: (key, value) => storage.write(key, value),
      async claim(name, wait) {
        const isOwn = isFirst;
        isFirst = false;
        const release = await storage.claim(name, wait);
        if (!isOwn || release === undefined) return release;
        return () => {
          release();
          resolve();
        };
      },
    },
  };
}
