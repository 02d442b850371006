export type Choose = (below: number) => number;
export type Step = (call: string) => Promise<void>;

interface Task {
  /** Lets the pending call proceed. Undefined: no call is pending. */
  resume: (() => void) | undefined;
  ended: boolean;
  readonly onCrash: (() => void) | undefined;
  readonly done: Promise<void>;
}

/**
 * Runs tasks whose every call waits for permission, so that the caller chooses their order, and which of them crash.
 */
export class Interleaving {
  readonly #choose: Choose;
  readonly #settled: () => Promise<void>;
  #tasks: Task[] = [];

  /** @param settled resolves when the call that was resumed last has ended; by default calls take no time */
  constructor(choose: Choose, settled = nextTurn) {
    this.#choose = choose;
    this.#settled = settled;
  }

  get isIdle(): boolean {
    return this.#tasks.length === 0;
  }

  /** Starts a task. A task without `onCrash` never crashes. */
  start(run: (step: Step) => Promise<void>, onCrash?: () => void): void {
    const waiting: (() => void)[] = [];
    const task: Task = { resume: undefined, ended: false, onCrash, done: Promise.resolve() };
    const offer = () => {
      task.resume =
        waiting.length === 0 ? undefined : () => waiting.splice(this.#choose(waiting.length), 1)[0]?.();
    };
    const step = () =>
      new Promise<void>((resolve) => {
        waiting.push(() => {
          offer();
          resolve();
        });
        offer();
      });
    const done = run(step).finally(() => {
      task.ended = true;
    });
    // `resumeOne` awaits it; of a simulation that has failed already, nobody does.
    done.catch(() => undefined);
    this.#tasks.push(Object.assign(task, { done }));
  }

  /** Crashes one task between two of its calls: it never resumes. */
  crashOne(): void {
    const candidates = this.#tasks.filter(({ onCrash }) => onCrash !== undefined);
    const victim = candidates[this.#choose(Math.max(1, candidates.length))];
    this.#tasks = this.#tasks.filter((task) => task !== victim);
    victim?.onCrash?.();
  }

  async resumeOne(): Promise<void> {
    const ready = this.#tasks.filter(({ resume }) => resume !== undefined);
    ready[this.#choose(Math.max(1, ready.length))]?.resume?.();
    // The resumed task runs up to its next call.
    await this.#settled();
    for (const task of this.#tasks.filter(({ ended }) => ended)) await task.done;
    this.#tasks = this.#tasks.filter(({ ended }) => !ended);
  }
}

/** Resolves when everything that is ready now has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
