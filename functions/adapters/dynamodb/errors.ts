import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Fault } from "../../ports/conversation-log.ts";
import type { Item } from "./items.ts";

/**
 * DynamoDB's words for an item that is too large, which is all that the content of an entry can do to a write: entries
 * are stored as text.
 */
const TOO_LARGE = /^Item size (to update )?has exceeded the maximum allowed size/;

/** Errors that come again whenever the same code meets the same data. */
const DEFECTS = new Set(["ValidationException", "TypeError", "RangeError", "ReferenceError", "SyntaxError"]);

/**
 * Sorts errors of a commit. Anything but an item that is too large may be our own mistake, or a damaged item, and no
 * reason to refuse what somebody wrote.
 */
export function faultOf(error: unknown): Fault | undefined {
  if (!(error instanceof Error)) return undefined;
  const reasons = cancellationReasons(error).filter(({ Code }) => Code === "ValidationError");
  const messages =
    error.name === "ValidationException" ? [error.message] : reasons.map(({ Message }) => Message);
  if (messages.some((message = "") => TOO_LARGE.test(message))) return "frame";
  return DEFECTS.has(error.name) || reasons.length > 0 ? "defect" : undefined;
}

/**
 * True if a write did not happen only because a transaction was under way on one of its items: tried again, it may
 * succeed. DynamoDB answers a plain write and a transaction with different errors.
 */
export function isTransactionConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "TransactionConflictException") return true;
  const reasons = cancellationReasons(error);
  return reasons.length > 0 && reasons.every(({ Code }) => Code === "TransactionConflict");
}

interface CancellationReason {
  readonly Code?: string;
  readonly Message?: string;
}

/** Returns the reasons for which a transaction was cancelled; most of its items have none. */
function cancellationReasons(error: Error): CancellationReason[] {
  const { CancellationReasons = [] } = error as Error & { CancellationReasons?: CancellationReason[] };
  return CancellationReasons.filter(({ Code = "None" }) => Code !== "None");
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
