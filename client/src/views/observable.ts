import { reportUncaught } from "../util/report-uncaught.ts";

/**
 * A value that changes, for views: with React's `useSyncExternalStore(it.subscribe, it.getSnapshot)`, Svelte's `$it`, or
 * directly. The methods need no `this`.
 */
export interface Observable<T> {
  /** Returns the current value: an immutable object that stays the same until something in it has changed. */
  readonly getSnapshot: () => T;
  /** Calls the listener at once, and after every turn in which the value changed. Returns a function that stops it. */
  readonly subscribe: (listener: (value: T) => void) => () => void;
}

/** An observable that computes its value when it is read, and again after `changed` was called. */
export class Store<T extends object | string> implements Observable<T> {
  readonly #compute: () => T;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T | undefined;
  #isScheduled = false;

  constructor(compute: () => T) {
    this.#compute = compute;
  }

  get hasSubscribers(): boolean {
    return this.#listeners.size > 0;
  }

  readonly getSnapshot = (): T => {
    this.#value ??= this.#compute();
    return this.#value;
  };

  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    // A listener added twice is two listeners.
    const added = (value: T) => listener(value);
    this.#listeners.add(added);
    added(this.getSnapshot());
    return () => void this.#listeners.delete(added);
  };

  changed(): void {
    this.#value = undefined;
    if (this.#isScheduled || !this.hasSubscribers) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
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
