import { setTimeout as pause } from "node:timers/promises";

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** Time limit for each step before the exit. */
const STEP_TIMEOUT_MS = 2_000;

/** Ends the process once, on a signal or on request. */
export class Shutdown {
  readonly #end = new AbortController();
  readonly #steps: (() => void | Promise<void>)[] = [];

  constructor() {
    for (const [signal, exitCode] of Object.entries(SIGNALS)) process.on(signal, () => this.exit(exitCode));
  }

  /** Aborts when the shutdown begins. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Adds a step to run before the process exits. Steps run in the order they were added, for at most 2 s each. */
  beforeExit(step: () => void | Promise<void>): void {
    this.#steps.push(step);
  }

  /** Begins the shutdown; the first exit code counts. */
  exit(exitCode: number): void {
    if (this.signal.aborted) return;
    this.#end.abort();
    void this.#finish(exitCode);
  }

  async #finish(exitCode: number): Promise<void> {
    for (const step of this.#steps) await Promise.race([step(), pause(STEP_TIMEOUT_MS)]);
    // Explicitly: a closing WebSocket waits for its peer, which a dead network keeps from answering.
    const written = new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
    await Promise.race([written, pause(STEP_TIMEOUT_MS)]);
    process.exit(exitCode);
  }
}
