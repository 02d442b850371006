import type { FailureDetail } from "./messages.ts";

/** The invocation has no result: the handler threw, timed out, or its process ended. */
export class InvocationError extends Error {
  override readonly name = "InvocationError";
  /** Lambda's `errorType`: the error's class name, or `Runtime.ExitError`, `Sandbox.Timedout` and the like. */
  readonly errorType: string;
  /** Stack trace inside the function. */
  readonly trace: readonly string[];

  constructor(failure: FailureDetail) {
    super(failure.errorMessage);
    this.errorType = failure.errorType;
    this.trace = failure.trace;
  }
}
