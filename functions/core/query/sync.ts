import pMap from "p-map";
import { LIMITS, type SyncedConversation, type SyncFrame, type SyncResult } from "../../../protocol/index.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import { isDirect } from "../log/conversation-id.ts";
import { raiseEpoch } from "../log/epoch.ts";
import { frameBytes } from "../log/frame-packing.ts";
import { expiryMark } from "../log/retention.ts";
import { isListed } from "../log/visibility.ts";
import { peerReceipts } from "./peer-receipts.ts";
import {
  conversationBytes,
  expectedBytes,
  isAtEnd,
  type Room,
  type SyncConversationDeps,
  type Synced,
  type SyncedLog,
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
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const result = await syncPage(deps, user, frame, signal);
    if (result !== undefined) return result;
  }
  throw new Error(`memberships changed ${MAX_ATTEMPTS} times during a sync`);
}

/** Returns undefined if the user's memberships have changed meanwhile. */
async function syncPage(
  deps: SyncDeps,
  user: string,
  frame: SyncFrame,
  signal: AbortSignal,
): Promise<SyncResult | undefined> {
  const { id, from, since, tail } = frame;
  const atMs = deps.now();
  const limit = since === undefined && tail === undefined ? LIMITS.syncPage : LIMITS.longSyncPage;
  const { rows, next } = await deps.inbox.list(user, { from, limit }, signal);
  const reply = new Reply(id, atMs);
  for (const chunk of chunks(rows)) {
    const heads = await deps.inbox.heads(
      chunk.map(({ conversation }) => conversation),
      signal,
    );
    const logs = chunk.flatMap((row): SyncedLog[] => {
      const head = heads.get(row.conversation);
      const cursor = frame.cursors[row.conversation];
      if (head === undefined || !isListed(row)) return [];
      const log = { user, row, head: raiseEpoch(head, deps.epochFloor), cursor };
      return [{ ...log, tail: tail ?? LIMITS.syncTail }];
    });
    const changed = logs.filter((log) => mayHaveNews(log, frame, atMs));
    // A row older than its head could expose entries after a removal, so rows are read again in parallel.
    const [areCurrent, isOvertaken] = await Promise.all([
      areRangesCurrent(deps, user, chunk, signal),
      addConversations(deps, changed, reply, signal),
      repairCursors(deps, logs, signal),
    ]);
    if (!areCurrent) return undefined;
    if (isOvertaken && !(await areRangesCurrent(deps, user, chunk, signal))) return undefined;
    if (reply.next !== undefined) return reply.result(reply.next);
  }
  return reply.result(next);
}

/** Longer than a write takes, and than clocks differ: a row may bear the time before a sync that did not see it yet. */
const CLOCK_SLACK_MS = 60_000;

/** False if a device that was in sync at `since` certainly knows all about a conversation. */
function mayHaveNews(log: SyncedLog, { since, receipts }: SyncFrame, nowMs: number): boolean {
  const { row, head } = log;
  if (since === undefined || !isAtEnd(log) || receipts?.includes(row.conversation)) return true;
  if ((row.changedAtMs ?? 0) >= since - CLOCK_SLACK_MS) return true;
  return expiryMark(head, row.keepSeconds, nowMs) !== expiryMark(head, row.keepSeconds, since);
}

/** A device that catches up fills a frame with few conversations, so few heads are read at first. */
const FIRST_CHUNK = 5;
const CHUNK_GROWTH = 4;

function chunks(rows: readonly InboxRow[]): InboxRow[][] {
  const result: InboxRow[][] = [];
  for (let start = 0, size = FIRST_CHUNK; start < rows.length; start += size, size *= CHUNK_GROWTH) {
    result.push(rows.slice(start, start + size));
  }
  return result;
}

async function areRangesCurrent(
  { inbox }: SyncDeps,
  user: string,
  rows: readonly InboxRow[],
  signal: AbortSignal,
): Promise<boolean> {
  if (rows.every(({ conversation }) => isDirect(conversation))) return true;
  const page = { from: rows[0]?.conversation, limit: rows.length };
  return rangesOf((await inbox.list(user, page, signal)).rows) === rangesOf(rows);
}

function rangesOf(rows: readonly InboxRow[]): string {
  return JSON.stringify(rows.map(({ conversation, ranges }) => [conversation, ranges]));
}

/**
 * Adds conversations to the reply until it is full. Hardly anything is read for one that does not fit. Returns true if
 * an entry among them may have been changed after its head was read.
 */
async function addConversations(
  deps: SyncDeps,
  logs: readonly SyncedLog[],
  reply: Reply,
  signal: AbortSignal,
): Promise<boolean> {
  let isOvertaken = false;
  let rest = logs;
  while (rest.length > 0 && reply.next === undefined) {
    const wave = thatFit(rest, reply.roomAt(0).bytes);
    const synced = await pMap(
      wave,
      (log, index) => syncConversation(deps, log, reply.roomAt(index), signal),
      { concurrency: CONCURRENT_READS },
    );
    isOvertaken ||= synced.some((one) => one?.isOvertaken);
    // The next page has the receipts of a conversation that comes again.
    const end = synced.findIndex((one) => one === undefined || one.cut);
    const complete = wave.slice(0, end === -1 ? wave.length : end);
    const receipts = await peerReceipts(deps, complete, signal);
    wave.forEach(({ row: { conversation } }, index) => {
      reply.add(conversation, synced[index], receipts.get(conversation));
    });
    rest = rest.slice(wave.length);
  }
  return isOvertaken;
}

/** Returns the first of the conversations, as many as are expected to fit; at least one. */
function thatFit(logs: readonly SyncedLog[], maxBytes: number): SyncedLog[] {
  let room = maxBytes;
  const end = logs.findIndex((log, index) => {
    room -= expectedBytes(log);
    return index > 0 && room < 0;
  });
  return logs.slice(0, end === -1 ? logs.length : end);
}

/**
 * Moves a cursor that is beyond the log back to its end. It comes from a client's bug or from before a restore, and
 * would make the next entries count as read.
 */
async function repairCursors(
  { inbox }: SyncDeps,
  logs: readonly SyncedLog[],
  signal: AbortSignal,
): Promise<void> {
  const beyond = logs.filter(
    ({ row: { readSeq = 0, deliveredSeq = 0 }, head }) => Math.max(readSeq, deliveredSeq) > head.lastSeq,
  );
  await pMap(beyond, ({ user, row: { conversation, readSeq = 0, deliveredSeq = 0 }, head: { lastSeq } }) =>
    inbox.set(
      { user, conversation },
      { readSeq: Math.min(readSeq, lastSeq), deliveredSeq: Math.min(deliveredSeq, lastSeq) },
      signal,
    ),
  );
}

/** A reply that is being filled. */
class Reply {
  readonly #atMs: number;
  readonly #conversations: SyncedConversation[] = [];
  #bytes: number;
  #next: string | undefined;

  constructor(id: string, atMs: number) {
    this.#atMs = atMs;
    const empty = { conversations: [], next: "x".repeat(44), atMs };
    this.#bytes = LIMITS.frameBytes - frameBytes({ type: "reply", id, result: empty });
  }

  /** The conversation that the next page begins with, once the reply is full. */
  get next(): string | undefined {
    return this.#next;
  }

  /** Room for a conversation that is the first, or a later one, of those that are added next. */
  roomAt(index: number): Room {
    return { bytes: this.#bytes, isWholeFrame: this.#conversations.length === 0 && index === 0 };
  }

  /** Adds a conversation, unless it or one before it does not fit. */
  add(
    id: string,
    synced: Synced | undefined,
    receipts: Pick<SyncedConversation, "receipts"> | undefined,
  ): void {
    if (this.#next !== undefined) return;
    const conversation = synced && this.#fitting(synced, receipts);
    if (conversation === undefined || synced?.cut) this.#next = id;
    if (conversation === undefined) return;
    this.#bytes -= conversationBytes(conversation);
    this.#conversations.push(conversation);
  }

  /** Entries have priority: receipts without room come with the next part, or are answered on request. */
  #fitting(
    { conversation, cut }: Synced,
    receipts: Pick<SyncedConversation, "receipts"> | undefined,
  ): SyncedConversation | undefined {
    const complete = { ...conversation, ...receipts };
    if (conversationBytes(complete) <= this.#bytes) return complete;
    const mayOmit = cut || this.roomAt(0).isWholeFrame;
    return mayOmit && conversationBytes(conversation) <= this.#bytes ? conversation : undefined;
  }

  result(next: string | undefined): SyncResult {
    const atMs = this.#atMs;
    return { conversations: this.#conversations, ...(next !== undefined && { next }), atMs };
  }
}
