import type { WorkerThread } from "./worker-thread.ts";

interface WaitingInvocation {
  readonly eventJson: string;
  readonly resolve: (resultJson: Promise<string>) => void;
  readonly reject: (error: Error) => void;
}

/** The workers of one function: created on demand, replaced when they end, and never given two invocations at once. */
export class Pool {
  readonly #create: () => WorkerThread;
  readonly #maxWorkers: number;
  readonly #busy = new Set<WorkerThread>();
  /** Busy workers that end after their invocation. */
  readonly #retired = new WeakSet<WorkerThread>();
  readonly #waiting: WaitingInvocation[] = [];
  #idle: WorkerThread[] = [];
  #stopped = false;

  constructor(create: () => WorkerThread, maxWorkers: number) {
    this.#create = create;
    this.#maxWorkers = maxWorkers;
  }

  invoke(eventJson: string): Promise<string> {
    if (this.#stopped) return Promise.reject(new Error("the runner has stopped"));
    const worker = this.#take();
    if (worker !== undefined) return this.#run(worker, eventJson);
    return new Promise((resolve, reject) => this.#waiting.push({ eventJson, resolve, reject }));
  }

  /** Replaces all workers: idle ones end now, busy ones after their invocation. */
  retire(): void {
    for (const worker of this.#busy) this.#retired.add(worker);
    for (const worker of this.#idle.splice(0)) void worker.crash();
  }

  /** Ends the busy workers; idle ones stay. */
  async crash(): Promise<void> {
    await Promise.all([...this.#busy].map((worker) => worker.crash()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error("the runner has stopped"));
    await Promise.all([...this.#busy, ...this.#idle].map((worker) => worker.crash()));
  }

  /** Takes the worker that was used last: as in Lambda, a quiet function keeps few of them warm. */
  #take(): WorkerThread | undefined {
    this.#idle = this.#idle.filter((worker) => !worker.ended);
    return this.#idle.pop() ?? (this.#busy.size < this.#maxWorkers ? this.#create() : undefined);
  }

  async #run(worker: WorkerThread, eventJson: string): Promise<string> {
    this.#busy.add(worker);
    try {
      return await worker.run(eventJson);
    } finally {
      this.#busy.delete(worker);
      if (this.#retired.has(worker)) void worker.crash();
      else if (!worker.ended) this.#idle.push(worker);
      this.#runNext();
    }
  }

  #runNext(): void {
    const next = this.#stopped ? undefined : this.#waiting.shift();
    if (next === undefined) return;
    const worker = this.#take();
    if (worker === undefined) this.#waiting.unshift(next);
    else next.resolve(this.#run(worker, next.eventJson));
  }
}
