import type { ClientStorage } from "../../client/src/index.ts";

export interface ReleasableStorage {
  readonly storage: ClientStorage;
  /** Resolves when a closed client has kept what it had to. */
  readonly released: Promise<void>;
}

/** A storage that tells when the process may end: a client's first claim is its own, and it lets go of it last. */
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
