import type { HistoryResult, SyncResult } from "../../protocol/index.ts";
import { UnreadableReplyError } from "./errors.ts";
import { ENTRY, fits, listOf, type Shape } from "./shape.ts";

const HISTORY: Shape = { epoch: "number", lastSeq: "number", first: "number", more: "boolean" };
const SYNCED: Shape = {
  conversation: "string",
  kind: "string",
  epoch: "number",
  lastSeq: "number",
  first: "number",
  readSeq: "number",
  unread: "number",
};

// The `result` of a reply as docs/protocol.md describes it; anything else is an UnreadableReplyError.

export function readHistory(result: unknown): HistoryResult {
  if (fits(result, HISTORY) && listOf((result as HistoryResult).entries, ENTRY))
    return result as HistoryResult;
  throw new UnreadableReplyError("reply to history");
}

export function readSync(result: unknown): SyncResult {
  if (fits(result, { conversations: "list", next: "string?" })) {
    const { conversations } = result as SyncResult;
    if (listOf(conversations, SYNCED) && conversations.every(({ entries }) => listOf(entries, ENTRY))) {
      return result as SyncResult;
    }
  }
  throw new UnreadableReplyError("reply to sync");
}
