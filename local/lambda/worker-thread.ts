import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { describeFailure } from "./failure.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { InvocationError } from "./invocation-error.ts";
import type { FailureDetail, InvokeMessage, WorkerMessage, WorkerSetup } from "./messages.ts";

/** Lambda gives a function 10 s to initialize before its first invocation. */
const INIT_TIMEOUT_MS = 10_000;

interface PendingInvocation {
  readonly resolve: (resultJson: string) => void;
  readonly reject: (error: InvocationError) => void;
}

/** One execution environment: a thread that runs one invocation at a time and ends with a crash or timeout. */
export class WorkerThread {
  readonly #definition: FunctionDefinition;
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  #pending: PendingInvocation | undefined;
  /** The reason why the thread ends, if known before it has ended. */
  #endReason: FailureDetail | undefined;
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
      // Functions run under plain Node, without the flags of this process, such as a test runner's loader.
      execArgv: [],
      // A small young generation: with V8's default size, two dozen workers take a gigabyte.
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
      this.#endReason ??= describeFailure(error);
      if (this.#pending === undefined) onLine(`ended between invocations: ${this.#endReason.errorMessage}`);
    });
    worker.on("exit", (code) => {
      const exit = {
        errorType: "Runtime.ExitError",
        errorMessage: `Runtime exited with error: exit code ${code}`,
      };
      this.#ended = true;
      this.#settle({ type: "failure", failure: this.#endReason ?? { ...exit, trace: [] } });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Runs one invocation. The caller ensures that no other one is running. */
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

  /** Ends the thread as `kill -9` would: the invocation does nothing more. */
  async crash(): Promise<void> {
    await this.#end("Runtime.ExitError", "Runtime exited with error: signal: killed");
  }

  /** Fails the invocation only when the thread has ended, so that it never runs beside its own retry. */
  async #end(errorType: string, errorMessage: string): Promise<void> {
    this.#ended = true;
    this.#endReason ??= { errorType, errorMessage, trace: [] };
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
