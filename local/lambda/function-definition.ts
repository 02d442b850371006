/** Everything the runner knows about a function. */
export interface FunctionDefinition {
  readonly name: string;
  /** Path of a module that exports `handler`. Workers load it when they start. */
  readonly bundle: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** The function's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Number of invocations that may run at the same time; further ones wait. */
  readonly maxWorkers: number;
}
