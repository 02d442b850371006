import type { Clock } from "../util/clock.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { Pool } from "./pool.ts";
import { WorkerThread } from "./worker-thread.ts";

/** Functions, by name, as AWS Lambda would run them. */
export interface Runner {
  /** The handler's result. Rejects with `InvocationError` when there is none; waits while all workers are busy. */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Ends all workers of the function that are busy, as a crash of theirs would. */
  crash(name: string): void;
  stop(): Promise<void>;
}

export interface RunnerOptions {
  readonly clock: Clock;
  readonly region: string;
  /** Everything a function writes to stdout and stderr, by line. */
  readonly onLog: (name: string, line: string) => void;
}

export function createRunner(definitions: readonly FunctionDefinition[], options: RunnerOptions): Runner {
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
    async stop() {
      await Promise.all([...pools.values()].map((each) => each.stop()));
    },
  };
}
