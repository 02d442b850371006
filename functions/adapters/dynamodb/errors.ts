/**
 * Errors caused by a frame's content: requests DynamoDB calls invalid (an item that is too large, say) and our own
 * programming errors. Every other error may be temporary, so it is retried.
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
  // A cancelled transaction names the cause only among its reasons.
  const { CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string }[] };
  return CancellationReasons.some(({ Code }) => Code === "ValidationError");
}

/** True if a conditional write did not happen because its condition does not hold. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
