import type { ClientStorage } from "../api/storage.ts";
import { claimByWebLock } from "./web-locks.ts";

/** The part of `localStorage` that is used. */
export type StorageArea = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

/**
 * Keeps unsent entries in `localStorage` or the like, which holds about 5 MB in all for an origin.
 *
 * @param area pass a function, `() => localStorage`: a browser that blocks site data throws as soon as it is touched
 */
export function webStorage(area: StorageArea | (() => StorageArea)): ClientStorage {
  const open = () => (typeof area === "function" ? area() : area);
  return {
    async read(prefix) {
      const opened = open();
      const keys = Array.from({ length: opened.length }, (_, index) => opened.key(index) ?? "");
      return keys
        .filter((key) => key.startsWith(prefix))
        .map((key) => [key, opened.getItem(key) ?? ""] as const);
    },
    async write(key, value) {
      if (value === null) open().removeItem(key);
      else open().setItem(key, value);
    },
    claim: claimByWebLock,
  };
}
