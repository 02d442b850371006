import type { Clock } from "../util/clock.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { Pool } from "./pool.ts";
import { WorkerThread } from "./worker-thread.ts";

/** Runs functions, by name, as AWS Lambda would. */
export interface Runner {
  /** Returns the handler's result; rejects with `InvocationError` if there is none. Waits while all workers are busy. */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Ends all busy workers of the function, as a crash would. */
  crash(name: string): void;
  /** Loads the function's bundle again: the next invocation runs it, those under way finish with the old one. */
  reload(name: string): void;
  stop(): Promise<void>;
}

export interface RunnerOptions {
  readonly clock: Clock;
  readonly region: string;
  /** Called with each line that a function writes to stdout or stderr. */
  readonly onLog: (name: string, line: string) => void;
}

export function startRunner(definitions: readonly FunctionDefinition[], options: RunnerOptions): Runner {
  const { clock, region, onLog } = options;
  const pools = new Map(
    definitions.map((definition) => {
      const onLine = (line: string) => onLog(definition.name, line);
      const create = () => new WorkerThread(definition, region, clock.offset, onLine);
      return [definition.name, new Pool(create, definition.maxWorkers)];
    }),
  );
  const pool = (name: string): Pool => {
    const found = pools.get(name);
    if (found === undefined) throw new Error(`there is no function ${name}`);
    return found;
  };
  return {
    async invoke(name, event) {
      return JSON.parse(await pool(name).invoke(JSON.stringify(event))) as unknown;
    },
    crash(name) {
      void pool(name).crash();
    },
    reload(name) {
      pool(name).retire();
    },
    async stop() {
      await Promise.all([...pools.values()].map((each) => each.stop()));
    },
  };
}
