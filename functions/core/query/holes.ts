import type { Head } from "../../ports/conversation-log.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { EntryRun } from "./read-range.ts";

export interface HoleDeps {
  readonly logger: Log;
  readonly metrics: Metrics;
}

/**
 * Reports that a reader has met segments that are missing, as after the restore of a table. Readers hide what is before
 * them, as if it had expired, so that nobody waits for entries that cannot come. A hole that the head marks is known to
 * the operator and not reported again.
 */
export function reportHole(
  { logger, metrics }: HoleDeps,
  { conversation, head }: { readonly conversation: string; readonly head: Pick<Head, "missing"> },
  { hasHole, hiddenBefore }: EntryRun,
): void {
  if (!hasHole || hiddenBefore === undefined || isMarked(head, hiddenBefore - 1)) return;
  logger.error("entries of a conversation are missing in the table", { conversation, before: hiddenBefore });
  metrics.count("MissingSegments");
}

function isMarked({ missing = [] }: Pick<Head, "missing">, seq: number): boolean {
  return missing.some(([from, to]) => seq >= from && seq <= to);
}
