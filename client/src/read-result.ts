import type { HistoryResult, SyncResult } from "../../protocol/index.ts";
import { UnreadableReplyError } from "./api/errors.ts";
import { boolean, ENTRY, listOf, number, object, optional, string } from "./connection/shape.ts";

const HISTORY = object({
  epoch: number,
  lastSeq: number,
  first: number,
  more: boolean,
  entries: listOf(ENTRY),
});
const SYNCED = object({
  conversation: string,
  kind: string,
  epoch: number,
  lastSeq: number,
  first: number,
  readSeq: number,
  unread: number,
  entries: listOf(ENTRY),
});
const SYNC = object({ conversations: listOf(SYNCED), next: optional(string) });

// The `result` of a reply as docs/protocol.md describes it; anything else is an UnreadableReplyError.

export function readHistory(result: unknown): HistoryResult {
  if (!HISTORY(result)) throw new UnreadableReplyError("reply to history");
  return result as HistoryResult;
}

export function readSync(result: unknown): SyncResult {
  if (!SYNC(result)) throw new UnreadableReplyError("reply to sync");
  return result as SyncResult;
}
