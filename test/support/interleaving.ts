export type Choose = (below: number) => number;
export type Step = (call: string) => Promise<void>;

interface Task {
  /** Lets the one call it waits for happen. Undefined: it is not waiting. */
  resume: (() => void) | undefined;
  ended: boolean;
  readonly died: (() => void) | undefined;
  readonly done: Promise<void>;
}

/** Tasks whose every call waits to be let through, so that the caller chooses their order, and which of them die. */
export class Interleaving {
  readonly #choose: Choose;
  #tasks: Task[] = [];

  constructor(choose: Choose) {
    this.#choose = choose;
  }

  get isQuiet(): boolean {
    return this.#tasks.length === 0;
  }

  /** Without `died` it never does. */
  start(run: (step: Step) => Promise<void>, died?: () => void): void {
    const waiting: (() => void)[] = [];
    const task: Task = { resume: undefined, ended: false, died, done: Promise.resolve() };
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
    this.#tasks.push(Object.assign(task, { done }));
  }

  /** Between two of its calls: it is simply never let on. */
  crashOne(): void {
    const mortal = this.#tasks.filter(({ died }) => died !== undefined);
    const victim = mortal[this.#choose(Math.max(1, mortal.length))];
    this.#tasks = this.#tasks.filter((task) => task !== victim);
    victim?.died?.();
  }

  async resumeOne(): Promise<void> {
    const ready = this.#tasks.filter(({ resume }) => resume !== undefined);
    ready[this.#choose(Math.max(1, ready.length))]?.resume?.();
    // Whatever this call set going runs up to its next call.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (const task of this.#tasks.filter(({ ended }) => ended)) await task.done;
    this.#tasks = this.#tasks.filter(({ ended }) => !ended);
  }
}
