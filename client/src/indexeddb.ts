/// <reference lib="dom" />
import type { ClientStorage } from "./api/storage.ts";
import { claimByWebLock } from "./storage/web-locks.ts";

const STORE = "kept";

/**
 * Keeps unsent entries in IndexedDB, which holds much more than `localStorage` and works in workers too.
 *
 * @param name name of a database that nothing else uses
 */
export function indexedDbStorage(name = "parley"): ClientStorage {
  let opened: Promise<IDBDatabase> | undefined;

  const database = () => {
    const reopen = () => {
      opened = undefined;
    };
    opened ??= open(name).then((database) => {
      // The browser may close it, to free space.
      database.onclose = reopen;
      // Another page wants to delete it, and would wait for this one.
      database.onversionchange = () => {
        database.close();
        reopen();
      };
      return database;
    });
    // Opening may succeed at the next call.
    opened.catch(reopen);
    return opened;
  };

  return {
    async read(prefix) {
      const store = (await database()).transaction(STORE).objectStore(STORE);
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
      const [keys, values] = await Promise.all([
        result(store.getAllKeys(range)),
        result(store.getAll(range)),
      ]);
      return keys.map((key, index) => [String(key), String(values[index])] as const);
    },

    async write(key, value) {
      // Resolves with the transaction, not with the request: only then is the value durable.
      const transaction = (await database()).transaction(STORE, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(STORE);
      if (value === null) store.delete(key);
      else store.put(value, key);
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error);
      });
    },

    claim: claimByWebLock,
  };
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return result(request);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
