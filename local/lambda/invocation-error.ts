import type { FailureDetail } from "./messages.ts";

/** An invocation that gave no result: the handler threw, ran out of time, or its process ended. */
export class InvocationError extends Error {
  override readonly name = "InvocationError";
  /** Lambda's `errorType`: the error's class name, or `Runtime.ExitError`, `Sandbox.Timedout` and the like. */
  readonly errorType: string;
  /** The stack within the function. */
  readonly trace: readonly string[];

  constructor(failure: FailureDetail) {
    super(failure.errorMessage);
    this.errorType = failure.errorType;
    this.trace = failure.trace;
  }
}
