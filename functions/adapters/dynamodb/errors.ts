import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Item } from "./items.ts";

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
  return cancellationCodes(error).includes("ValidationError");
}

/**
 * True if a write did not happen only because a transaction was under way on one of its items: tried again, it may
 * succeed. DynamoDB answers a plain write and a transaction with different errors.
 */
export function isTransactionConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "TransactionConflictException") return true;
  const codes = cancellationCodes(error);
  return codes.length > 0 && codes.every((code) => code === "TransactionConflict");
}

/** Returns the reasons for which a transaction was cancelled; most of its items have none. */
function cancellationCodes(error: Error): string[] {
  const { CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string }[] };
  return CancellationReasons.flatMap(({ Code = "None" }) => (Code === "None" ? [] : [Code]));
}

/** True if a conditional write did not happen because its condition does not hold. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}

/** Makes a conditional write. Returns false if its condition does not hold. */
export async function meetsCondition(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

/** An item in an error, which the document client leaves as DynamoDB sent it. */
export type StoredItem = Record<string, AttributeValue>;

/** Returns the item that a failed condition found, if there is one and the request asked for it. */
export function foundItem(error: unknown): Item | undefined {
  return itemOf((error as { Item?: StoredItem }).Item);
}

export function itemOf(item: StoredItem | undefined): Item | undefined {
  return item && unmarshall(item);
}
