import { LIMITS } from "../../../protocol/limits.ts";
import type { Entry } from "../api/entry.ts";
import type { Settings } from "../api/settings.ts";
import type { Connection } from "../connection/connection.ts";
import { readHistory } from "../connection/decode.ts";
import { requestWithRetry } from "../connection/retry.ts";

export interface ScanRange {
  readonly conversation: string;
  /** Exclusive. */
  readonly afterSeq: number;
  /** Exclusive. */
  readonly beforeSeq: number;
}

/** Reads a range of the log backwards, page by page. The last page may contain entries before the range. */
export async function scanLog(
  connection: Connection,
  { conversation, afterSeq, beforeSeq }: ScanRange,
  settings: Settings,
  found: (conversation: string, entries: readonly Entry[]) => void,
): Promise<void> {
  let before = beforeSeq;
  while (before > afterSeq + 1) {
    const request = { type: "history" as const, conversation, before, limit: LIMITS.historyPage };
    const { entries, more } = readHistory(await requestWithRetry(connection, request, settings));
    found(conversation, entries);
    const lowest = entries[0]?.seq;
    if (!more || lowest === undefined || lowest >= before) return;
    before = lowest;
  }
}
