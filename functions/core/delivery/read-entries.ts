import type { Entry } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { EntryCache } from "../log/entry-cache.ts";

export interface ReadDeps {
  readonly log: Pick<ConversationLog, "readForward" | "readBackward">;
  readonly inbox: Pick<Inbox, "heads">;
}

/** Reads entries when they are pushed, because they may have been redacted since they were committed. */
export async function readEntries(
  { log, inbox }: ReadDeps,
  conversation: string,
  seqs: readonly number[],
  signal: AbortSignal,
): Promise<Entry[]> {
  const head = (await inbox.heads([conversation], signal)).get(conversation);
  if (head === undefined) return [];
  const cache = new EntryCache(log, conversation, head);
  await cache.readSeqs(seqs, signal);
  return seqs.flatMap((seq) => cache.get(seq) ?? []);
}
