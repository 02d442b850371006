import type { LoggedFrame } from "./frame-log.ts";
import { Signal } from "./signal.ts";

/** Frames that arrive this soon after the network has gone were on their way already; a pong is the answer to a new ping. */
const IN_FLIGHT_MS = 2_000;

/**
 * Notes whether the device has a network, as the browser says: it knows at once, the client only when the ping that it
 * sends then is not answered. A frame that arrives all the same proves the browser wrong, as on a machine that serves its own page.
 */
export class Network {
  readonly isGone = new Signal(false);
  readonly #stop = new AbortController();
  #goneAtMs = Number.NEGATIVE_INFINITY;

  constructor(frames: Signal<readonly LoggedFrame[]>) {
    const { signal } = this.#stop;
    this.isGone.set(navigator.onLine === false);
    addEventListener(
      "offline",
      () => {
        this.#goneAtMs = performance.now();
        this.isGone.set(true);
      },
      { signal },
    );
    addEventListener("online", () => this.isGone.set(false), { signal });
    const stopFrames = frames.subscribe((log) => {
      const { event, type } = log.at(-1) ?? {};
      const isNew = type === "pong" || performance.now() > this.#goneAtMs + IN_FLIGHT_MS;
      if (event === "received" && isNew) this.isGone.set(false);
    });
    signal.addEventListener("abort", stopFrames);
  }

  stop(): void {
    this.#stop.abort();
  }
}
