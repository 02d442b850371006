import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { describeFailure } from "./failure.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { InvocationError } from "./invocation-error.ts";
import type { FailureDetail, InvokeMessage, WorkerMessage, WorkerSetup } from "./messages.ts";

/** Lambda gives a function 10 s to initialize before its first invocation. */
const INIT_TIMEOUT_MS = 10_000;

interface Pending {
  readonly resolve: (resultJson: string) => void;
  readonly reject: (error: InvocationError) => void;
}

/** One execution environment: a thread that runs one invocation at a time and is gone after a crash or timeout. */
export class WorkerThread {
  readonly #definition: FunctionDefinition;
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #pending: Pending | undefined;
  /** Why the thread ended, when that is known before it has. */
  #verdict: FailureDetail | undefined;
  #ended = false;

  constructor(
    definition: FunctionDefinition,
    region: string,
    clockOffset: BigInt64Array,
    onLine: (line: string) => void,
  ) {
    this.#definition = definition;
    const setup: WorkerSetup = {
      bundle: definition.bundle,
      functionName: definition.name,
      memoryMb: definition.memoryMb,
      region,
      clockOffset,
    };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData: setup,
      env: { ...definition.env },
      // Not the flags of the process (a test runner's loader, say): functions run under plain Node.
      execArgv: [],
      // A small nursery: two dozen workers with V8's default one come to a gigabyte.
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMb, maxYoungGenerationSizeMb: 16 },
      stdout: true,
      stderr: true,
    });
    this.#worker = worker;
    createInterface({ input: worker.stdout }).on("line", onLine);
    createInterface({ input: worker.stderr }).on("line", onLine);
    this.#ready = new Promise((resolve) => {
      worker.on("message", (message: WorkerMessage) => {
        if (message.type === "ready") resolve();
        else this.#settle(message);
      });
    });
    worker.on("error", (error) => {
      this.#verdict ??= describeFailure(error);
      if (this.#pending === undefined) onLine(`ended between invocations: ${this.#verdict.errorMessage}`);
    });
    worker.on("exit", (code) => {
      const exit = {
        errorType: "Runtime.ExitError",
        errorMessage: `Runtime exited with error: exit code ${code}`,
      };
      this.#ended = true;
      this.#settle({ type: "failure", failure: this.#verdict ?? { ...exit, trace: [] } });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Runs one invocation; the caller sees to it that there is only one. */
  run(eventJson: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#pending = { resolve, reject };
    const init = `${timeoutMessage(INIT_TIMEOUT_MS)} (initialization)`;
    let timer = setTimeout(() => this.#end("Sandbox.Timedout", init), INIT_TIMEOUT_MS);
    void this.#ready.then(() => {
      clearTimeout(timer);
      if (this.#ended) return;
      const { timeoutMs } = this.#definition;
      timer = setTimeout(() => this.#end("Sandbox.Timedout", timeoutMessage(timeoutMs)), timeoutMs);
      this.#worker.postMessage({ requestId: randomUUID(), eventJson, timeoutMs } satisfies InvokeMessage);
    });
    return promise.finally(() => clearTimeout(timer));
  }

  /** As by `kill -9`: whatever the invocation was about to do does not happen. */
  async crash(): Promise<void> {
    await this.#end("Runtime.ExitError", "Runtime exited with error: signal: killed");
  }

  /** The invocation fails only when the thread is gone: nothing of it runs beside its own retry. */
  async #end(errorType: string, errorMessage: string): Promise<void> {
    this.#ended = true;
    this.#verdict ??= { errorType, errorMessage, trace: [] };
    await this.#worker.terminate();
  }

  #settle(message: Exclude<WorkerMessage, { type: "ready" }>): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (message.type === "result") pending?.resolve(message.resultJson);
    else pending?.reject(new InvocationError(message.failure));
  }
}

function timeoutMessage(afterMs: number): string {
  return `Task timed out after ${(afterMs / 1000).toFixed(2)} seconds`;
}
