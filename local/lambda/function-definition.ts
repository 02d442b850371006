/** All the runner knows of a function. */
export interface FunctionDefinition {
  readonly name: string;
  /** Path of a module that exports `handler`. */
  readonly bundle: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** The function's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Invocations that run at the same time; further ones wait. */
  readonly maxWorkers: number;
}
