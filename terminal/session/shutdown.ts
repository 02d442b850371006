import { setTimeout as pause } from "node:timers/promises";

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** What a last step may take. */
const STEP_TIMEOUT_MS = 2_000;

/** The end of the process: it comes once, whatever brings it about. */
export class Shutdown {
  readonly #end = new AbortController();
  readonly #steps: (() => void | Promise<void>)[] = [];

  constructor() {
    for (const [signal, exitCode] of Object.entries(SIGNALS)) process.on(signal, () => this.exit(exitCode));
  }

  /** Aborts when it begins. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** To be done before the process ends; in the order of the calls. */
  beforeExit(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  exit(exitCode: number): void {
    if (this.signal.aborted) return;
    this.#end.abort();
    void this.#finish(exitCode);
  }

  async #finish(exitCode: number): Promise<void> {
    for (const step of this.#steps) await Promise.race([step(), pause(STEP_TIMEOUT_MS)]);
    // Not by itself: a closing WebSocket waits for a peer that a dead network keeps from answering.
    const written = new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
    await Promise.race([written, pause(STEP_TIMEOUT_MS)]);
    process.exit(exitCode);
  }
}
