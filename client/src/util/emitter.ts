import { getOrAdd } from "./get-or-add.ts";
import { reportUncaught } from "./report-uncaught.ts";

export type Listener<T> = (payload: T) => void;

/** Typed listeners. One that throws does not stop the others or the client: its error surfaces as uncaught. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  #ended = false;

  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>, signal?: AbortSignal): () => void {
    const listeners = this.#of(event);
    // A listener added twice is two listeners.
    const own: Listener<Events[K]> = (payload) => listener(payload);
    const off = () => void listeners.delete(own);
    if (signal?.aborted) return off;
    listeners.add(own);
    signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    for (const listener of [...this.#of(event)]) {
      // A listener before this one may have brought the end.
      if (this.#ended) return;
      call(listener, payload);
    }
  }

  /** The last event: nothing is emitted after it, nor what is being emitted to any further listener. */
  emitLast<K extends keyof Events>(event: K, payload: Events[K]): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const listener of [...this.#of(event)]) call(listener, payload);
  }

  #of<K extends keyof Events>(event: K): Set<Listener<Events[K]>> {
    return getOrAdd(this.#listeners, event, () => new Set()) as Set<Listener<Events[K]>>;
  }
}

function call<T>(listener: Listener<T>, payload: T): void {
  try {
    listener(payload);
  } catch (error) {
    reportUncaught(error);
  }
}
