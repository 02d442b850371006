import { foundItem, isConditionFailure, itemOf, type StoredItem } from "./errors.ts";
import type { Item } from "./items.ts";

/** A conditional write that did not happen because another writer was faster. */
export interface LostRace {
  /** Item that the first condition found, if the store tells. */
  readonly item: Item | undefined;
}

/** A conflict with another transaction on the same items is a lost race, too. */
const RACE_LOST = ["ConditionalCheckFailed", "TransactionConflict"];

/** Returns undefined if a conditional write succeeded. Errors other than a lost race are thrown. */
export async function failureOf(
  write: Promise<unknown>,
  codes: readonly string[] = RACE_LOST,
): Promise<LostRace | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    const lost = error instanceof Error && lostRace(error, codes);
    if (lost) return lost;
    throw error;
  }
}

function lostRace(error: Error, codes: readonly string[]): LostRace | undefined {
  if (isConditionFailure(error)) return { item: foundItem(error) };
  if (error.name === "TransactionConflictException") return { item: undefined };
  if (error.name !== "TransactionCanceledException") return undefined;
  const { CancellationReasons: reasons = [] } = error as {
    CancellationReasons?: { Code?: string; Item?: StoredItem }[];
  };
  // The head is the first action of a transaction.
  return reasons.some(({ Code = "" }) => codes.includes(Code))
    ? { item: itemOf(reasons[0]?.Item) }
    : undefined;
}
