import { StoredItems } from "../storage/stored-items.ts";

const items = new StoredItems("localStorage", "parley.");
const KEY = "device";

/** Returns the id of this browser, created at the first call; of this page, if the browser keeps nothing. */
export function deviceId(): string {
  const known = items.get(KEY);
  if (known !== null) return known;
  // Browsers have `crypto.randomUUID` on secure pages only.
  const created = crypto.getRandomValues(new Uint32Array(4)).join("-");
  items.set(KEY, created);
  return created;
}
