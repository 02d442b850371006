/**
 * Errors that come from what a frame holds, not from the state of the world: what DynamoDB calls invalid (an
 * item too large, say) and our own programming errors. Everything else may go away by itself, so it is retried.
 */
const FRAME_FAULTS = new Set([
  "ValidationException",
  "TypeError",
  "RangeError",
  "ItemCollectionSizeLimitExceededException",
]);

export function isFrameFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (FRAME_FAULTS.has(error.name)) return true;
  // A transaction says only that it was cancelled; why is among the reasons.
  const { CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string }[] };
  return CancellationReasons.some(({ Code }) => Code === "ValidationError");
}

/** A conditional write that did not happen because its condition does not hold. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
