import type { ClientStorage } from "../api/storage.ts";
import { claimByWebLock } from "./web-locks.ts";

/** The part of `localStorage` that is used. */
export type StorageArea = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/** Keeps unsent entries in `localStorage` or the like, which holds about 5 MB in all for an origin. */
export function webStorage(area: StorageArea): ClientStorage {
  return {
    async read(prefix) {
      const keys = Array.from({ length: area.length }, (_, index) => area.key(index) ?? "");
      return keys
        .filter((key) => key.startsWith(prefix))
        .map((key) => [key, area.getItem(key) ?? ""] as const);
    },
    async write(key, value) {
      if (value === null) area.removeItem(key);
      else area.setItem(key, value);
    },
    claim: claimByWebLock,
  };
}
