import type { FailureDetail } from "./messages.ts";

/** Describes a thrown value as Lambda reports it. */
export function describeFailure(error: unknown): FailureDetail {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
