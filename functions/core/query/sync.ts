import pMap from "p-map";
import { LIMITS, type SyncedConversation, type SyncFrame, type SyncResult } from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";
import type { InboxPage, InboxRow } from "../../ports/inbox.ts";
import { isDirect } from "../log/conversation-id.ts";
import { raiseEpoch } from "../log/epoch.ts";
import { frameBytes } from "../log/frame-packing.ts";
import { isListed } from "../log/visibility.ts";
import { peerReceipts } from "./peer-receipts.ts";
import {
  conversationBytes,
  type SyncConversationDeps,
  type Synced,
  syncConversation,
} from "./sync-conversation.ts";

export type SyncDeps = SyncConversationDeps;

const CONCURRENT_READS = 10;
const MAX_ATTEMPTS = 5;

/**
 * Returns what a device has missed: a page of its conversations, each with the entries after the device's cursor. If
 * entries or conversations do not fit into the frame, `next` says where to continue with the cursors as they are by
 * then; a conversation that was cut comes again. Without a cursor, a conversation comes with its newest entries.
 */
export async function sync(
  deps: SyncDeps,
  user: string,
  frame: SyncFrame,
  signal: AbortSignal,
): Promise<SyncResult> {
  const list = () => deps.inbox.list(user, { from: frame.from, limit: LIMITS.syncPage }, signal);
  let page = await list();
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const heads = await deps.inbox.heads(
      page.rows.map(({ conversation }) => conversation),
      signal,
    );
    // A row older than its head could expose entries after a removal, so rows are read again in parallel.
    const [result, again] = await Promise.all([
      syncPage(deps, user, frame, page, heads, signal),
      page.rows.every(({ conversation }) => isDirect(conversation)) ? page : list(),
    ]);
    if (rangesOf(again) === rangesOf(page)) return result;
    page = again;
  }
  throw new Error(`memberships changed ${MAX_ATTEMPTS} times during a sync`);
}

function rangesOf({ rows }: InboxPage): string {
  return JSON.stringify(rows.map(({ conversation, ranges }) => [conversation, ranges]));
}

async function syncPage(
  deps: SyncDeps,
  user: string,
  { id, cursors }: SyncFrame,
  page: InboxPage,
  heads: ReadonlyMap<string, Head>,
  signal: AbortSignal,
): Promise<SyncResult> {
  const empty = frameBytes({ type: "reply", id, result: { conversations: [], next: "x".repeat(44) } });
  const maxBytes = LIMITS.frameBytes - empty;
  const listed = page.rows.flatMap((row) => {
    const head = heads.get(row.conversation);
    return head && isListed(row) ? [{ row, head: raiseEpoch(head, deps.epochFloor) }] : [];
  });
  const [synced, receipts] = await Promise.all([
    pMap(
      listed,
      ({ row, head }) =>
        syncConversation(deps, { user, row, head, cursor: cursors[row.conversation], maxBytes }, signal),
      { concurrency: CONCURRENT_READS },
    ),
    peerReceipts(deps, user, listed, signal),
    repairCursors(deps, user, listed, signal),
  ]);
  const complete = synced.map(({ conversation, cut }) => {
    const added = { ...conversation, ...receipts.get(conversation.conversation) };
    // Entries have priority: receipts that do not fit are answered on request.
    return { cut, conversation: conversationBytes(added) <= maxBytes ? added : conversation };
  });
  return pack(complete, maxBytes, page.next);
}

/** A head can lag by one batch: 10 full frames. */
const HEAD_LAG = 10 * LIMITS.entriesPerFrame;

/**
 * Moves a cursor that is beyond the log back to its end. It comes from a client's bug or from before a restore, and
 * would make the next entries count as read.
 */
async function repairCursors(
  { inbox }: SyncDeps,
  user: string,
  conversations: readonly { row: InboxRow; head: Head }[],
  signal: AbortSignal,
): Promise<void> {
  const beyond = conversations.filter(
    ({ row: { readSeq = 0, deliveredSeq = 0 }, head: { lastSeq } }) =>
      Math.max(readSeq, deliveredSeq) > lastSeq + HEAD_LAG,
  );
  await pMap(beyond, ({ row: { conversation, readSeq = 0, deliveredSeq = 0 }, head: { lastSeq } }) =>
    inbox.set(
      { user, conversation },
      { readSeq: Math.min(readSeq, lastSeq), deliveredSeq: Math.min(deliveredSeq, lastSeq) },
      signal,
    ),
  );
}

/** Packs as many conversations as fit. The next page begins at the first one that does not fit or was cut. */
function pack(synced: readonly Synced[], maxBytes: number, next: string | undefined): SyncResult {
  const conversations: SyncedConversation[] = [];
  let remaining = maxBytes;
  for (const { conversation, cut } of synced) {
    const bytes = conversationBytes(conversation);
    if (bytes > remaining) return { conversations, next: conversation.conversation };
    conversations.push(conversation);
    remaining -= bytes;
    if (cut) return { conversations, next: conversation.conversation };
  }
  return { conversations, ...(next !== undefined && { next }) };
}
