import { setTimeout as delay } from "node:timers/promises";
import type { EraseCounts, EraseCursor, EraseResult } from "../../functions/ports/erasure.ts";
import { plural } from "../plural.ts";

export interface ErasePayload {
  readonly user: string;
  readonly dryRun: boolean;
  readonly cursor?: EraseCursor | undefined;
}

/** Invokes the function once. */
export type EraseCall = (
  payload: ErasePayload,
) => Promise<EraseResult | { readonly error: { readonly message: string } }>;

/** A conversation was busy: the next call would meet the same. */
const PAUSE_MS = 500;

/** Calls the function until it is done, and returns the sums of what it has counted. */
export async function eraseAll(
  call: EraseCall,
  { user, dryRun }: Pick<ErasePayload, "user" | "dryRun">,
  show?: (text: string) => void,
): Promise<EraseCounts> {
  let sum: EraseCounts = { texts: 0, titles: 0, reactions: 0, names: 0, conversations: 0, watches: 0 };
  let cursor: EraseCursor | undefined;
  for (;;) {
    const answer = await call({ user, dryRun, ...(cursor && { cursor }) });
    if ("error" in answer) throw new Error(answer.error.message);
    sum = added(sum, answer.counts);
    show?.(inWords(sum));
    if (answer.done) return sum;
    cursor = answer.cursor;
    await delay(PAUSE_MS);
  }
}

function added(a: EraseCounts, b: EraseCounts): EraseCounts {
  const keys = Object.keys(a) as (keyof EraseCounts)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as EraseCounts;
}

/** `3 conversations, 12 texts, 1 title`, without what there is none of. */
export function inWords(counts: EraseCounts): string {
  const parts: [count: number, one: string, many?: string][] = [
    [counts.conversations, "conversation"],
    [counts.texts, "text"],
    [counts.titles, "title"],
    [counts.reactions, "reaction"],
    [counts.names, "entry that named them", "entries that named them"],
    [counts.watches, "watch", "watches"],
  ];
  const words = parts.filter(([count]) => count > 0).map((part) => plural(...part));
  return words.length === 0 ? "nothing was found" : words.join(", ");
}
