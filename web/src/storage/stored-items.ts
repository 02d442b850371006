type Area = "localStorage" | "sessionStorage";

const listeners = new Set<() => void>();
let isUnkept = false;

/** Calls the listener once: when the browser does not keep something for the first time, or now if that has happened. */
export function onUnkept(listener: () => void): void {
  if (isUnkept) listener();
  else listeners.add(listener);
}

function noteUnkept(): void {
  isUnkept = true;
  for (const listener of listeners) listener();
  listeners.clear();
}

/** Returns a storage that keeps what is written; undefined if the browser denies it, or it is full. */
export function usableStorage(area: Area): Storage | undefined {
  const usable = attempt(() => {
    const storage = globalThis[area];
    storage.setItem("parley.probe", "");
    storage.removeItem("parley.probe");
    return storage;
  }, undefined);
  if (usable === undefined) noteUnkept();
  return usable;
}

/**
 * Strings in a storage of the browser whose keys begin with a prefix. What the browser does not keep, because it denies
 * the storage or that is full, lasts as long as the page.
 */
export class StoredItems {
  readonly #area: Area;
  readonly #prefix: string;
  /** Values that the browser has not kept; null is a deleted one. */
  readonly #unkept = new Map<string, string | null>();

  constructor(area: Area, prefix: string) {
    this.#area = area;
    this.#prefix = prefix;
  }

  keys(): string[] {
    const stored = attempt(() => Object.keys(globalThis[this.#area]), []);
    const own = stored
      .filter((key) => key.startsWith(this.#prefix))
      .map((key) => key.slice(this.#prefix.length));
    return [...new Set([...own, ...this.#unkept.keys()])].filter((key) => this.get(key) !== null);
  }

  get(key: string): string | null {
    const unkept = this.#unkept.get(key);
    return unkept === undefined
      ? attempt(() => globalThis[this.#area].getItem(this.#prefix + key), null)
      : unkept;
  }

  /** @param value null deletes the item */
  set(key: string, value: string | null): void {
    const isKept = attempt(() => {
      const area = globalThis[this.#area];
      if (value === null) area.removeItem(this.#prefix + key);
      else area.setItem(this.#prefix + key, value);
      return true;
    }, false);
    if (isKept) {
      this.#unkept.delete(key);
      return;
    }
    this.#unkept.set(key, value);
    noteUnkept();
  }

  clear(): void {
    for (const key of this.keys()) this.set(key, null);
  }

  /** Calls the listener when another tab has changed an item, until the signal aborts. */
  onOtherTab(listener: () => void, signal: AbortSignal): void {
    addEventListener("storage", ({ key }) => key?.startsWith(this.#prefix) && listener(), { signal });
  }
}

/** Access to a storage itself throws where the browser denies it, and a full one throws at writing. */
function attempt<T>(work: () => T, fallback: T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}
