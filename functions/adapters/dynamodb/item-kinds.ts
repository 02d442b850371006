import type { Key } from "./keys.ts";

/**
 * Fate of the items of a kind that name an erased user: they are removed, or written anew without the name, or one is left
 * that the store deletes by itself.
 */
export type Erasure = "removed" | "rewritten" | "expires";

/**
 * Registry of the items that hold something of a user, by kind: the first letter of the partition key, and the sort key up
 * to its first `#`. A new kind of item needs a row here and in docs/erase.md; tests miss it.
 */
export const ITEM_KINDS = {
  "C HEAD": "rewritten",
  "C SEG": "rewritten",
  "C MEMBER": "removed",
  "U C": "removed",
  "U F": "removed",
  "U W": "removed",
  "U WATCHES": "removed",
  "U USER": "expires",
} as const satisfies Readonly<Record<string, Erasure>>;

/** Returns the kind of an item, which has a row in {@link ITEM_KINDS}. */
export function itemKind({ pk, sk }: Key | Record<string, unknown>): string {
  return `${String(pk)[0]} ${String(sk).split("#")[0]}`;
}
