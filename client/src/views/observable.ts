import { reportUncaught } from "../util/report-uncaught.ts";

/**
 * A value that changes, for views: React's `useSyncExternalStore(it.subscribe, it.getSnapshot)`, Svelte's `$it`, or by
 * hand. The methods need no `this`.
 */
export interface Observable<T> {
  /** What it is now: the same object until something in it has changed; never changed itself. */
  readonly getSnapshot: () => T;
  /** Calls at once, and once more after every turn in which it changed. Returns how to stop. */
  readonly subscribe: (listener: (value: T) => void) => () => void;
}

/** Computes its value when somebody asks, and again after it has changed. */
export class Store<T extends object | string> implements Observable<T> {
  readonly #compute: () => T;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T | undefined;
  #telling = false;

  constructor(compute: () => T) {
    this.#compute = compute;
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  readonly getSnapshot = (): T => {
    this.#value ??= this.#compute();
    return this.#value;
  };

  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    // A listener added twice is two listeners.
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    own(this.getSnapshot());
    return () => void this.#listeners.delete(own);
  };

  changed(): void {
    this.#value = undefined;
    if (this.#telling || !this.isWatched) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const listener of this.#listeners) {
        try {
          listener(this.getSnapshot());
        } catch (error) {
          reportUncaught(error);
        }
      }
    });
  }
}
