import { getOrAdd } from "./get-or-add.ts";
import { reportUncaught } from "./report-uncaught.ts";

export type Listener<T> = (payload: T) => void;

/** Typed event emitter. A listener that throws stops neither the others nor the client: its error is reported as uncaught. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();
  #ended = false;

  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>, signal?: AbortSignal): () => void {
    const listeners = this.#listenersOf(event);
    // A listener added twice is two listeners.
    const own: Listener<Events[K]> = (payload) => listener(payload);
    const off = () => void listeners.delete(own);
    if (signal?.aborted) return off;
    listeners.add(own);
    signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    for (const listener of [...this.#listenersOf(event)]) {
      // An earlier listener may have emitted the last event.
      if (this.#ended) return;
      call(listener, payload);
    }
  }

  /** Emits the last event. Nothing is emitted after it, and an event being emitted reaches no further listener. */
  emitLast<K extends keyof Events>(event: K, payload: Events[K]): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const listener of [...this.#listenersOf(event)]) call(listener, payload);
  }

  #listenersOf<K extends keyof Events>(event: K): Set<Listener<Events[K]>> {
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
