import type { FailureDetail } from "./messages.ts";

/** What Lambda reports of anything that was thrown. */
export function describeFailure(error: unknown): FailureDetail {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
