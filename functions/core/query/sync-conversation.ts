import { type Cursor, LIMITS, type SyncedConversation, utf8Bytes } from "../../../protocol/index.ts";
import type { ConversationLog, Head } from "../../ports/conversation-log.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import { seqOfCursor } from "../log/epoch.ts";
import { type Interval, isOpen, lastReadable, readable } from "../log/readable-ranges.ts";
import { firstVisible, type VisibilityWindow, visibleSince } from "../log/retention.ts";
import { redactFor } from "../log/visibility.ts";
import { cursors } from "./members.ts";
import { type EntryRun, readNewest, readOldest } from "./read-range.ts";
import { countUnread, isUnread } from "./unread-count.ts";

export interface SyncConversationDeps {
  readonly log: ConversationLog;
  readonly inbox: Inbox;
  readonly epochFloor: number;
  readonly now: () => number;
}

export interface Synced {
  readonly conversation: SyncedConversation;
  /** The conversation has more entries than fit. */
  readonly cut: boolean;
}

interface SyncInput {
  readonly user: string;
  readonly row: InboxRow;
  readonly head: Head;
  readonly cursor: Cursor | undefined;
  /** Byte budget of the conversation. */
  readonly maxBytes: number;
}

/** Returns one conversation as a device with this cursor needs it. */
export async function syncConversation(
  deps: SyncConversationDeps,
  input: SyncInput,
  signal: AbortSignal,
): Promise<Synced> {
  const { user, row, head, cursor } = input;
  const { conversation, ranges } = row;
  const nowMs = deps.now();
  const window = { nowMs, sinceMs: visibleSince(head, row.keepSeconds, nowMs) };
  const all = readable(ranges, [1, head.lastSeq]);
  const [first, seq] = await Promise.all([
    firstVisible(deps.log, conversation, all, window, signal),
    cursor === undefined ? undefined : agreedSeq(deps.log, conversation, head, cursor, signal),
  ]);
  const summary = summaryOf(input, first, window);
  // Entries before `first` may still be stored, but are not visible.
  const visible = readable(ranges, [first, head.lastSeq]);
  const run = await readEntries(deps.log, { input, summary, visible, seq, window }, signal);
  const reset = cursor !== undefined && run.from === undefined;
  const unread = await countUnreadEntries(deps.log, { user, row, visible, window, run }, signal);
  const entries = run.entries.map((entry) => redactFor(ranges, entry));
  return {
    conversation: { ...summary, unread, ...(reset && { reset }), entries },
    cut: run.cut,
  };
}

/** Returns the bytes a conversation adds to a reply, including its comma. */
export function conversationBytes(conversation: SyncedConversation): number {
  return utf8Bytes(JSON.stringify(conversation)) + 1;
}

function summaryOf({ row, head }: SyncInput, first: number, window: VisibilityWindow): SyncedConversation {
  const { conversation, ranges, role, peer, muted, blocking, keepSeconds } = row;
  const { kind, title, memberCount, epoch, preview, retentionSeconds } = head;
  const lastSeq = lastReadable(ranges, head.lastSeq);
  const isMember = isOpen(ranges);
  // A preview of an older entry may have been changed after the user left.
  const showsPreview = isMember && preview && preview.seq >= first && preview.sentAtMs >= window.sinceMs;
  return {
    conversation,
    kind,
    ...(kind === "direct" && { peer }),
    ...(title !== undefined && isMember && { title }),
    ...(kind === "group" && isMember && { memberCount, role }),
    epoch,
    lastSeq,
    first,
    ...((ranges.length > 1 || !isMember) && { ranges: ranges.map((range) => [...range] as [number]) }),
    readSeq: cursors(row, lastSeq).readSeq,
    unread: 0,
    ...(muted && { muted }),
    ...(isMember && retentionSeconds !== undefined && { retentionSeconds }),
    ...(keepSeconds !== undefined && { keepSeconds }),
    ...(blocking && { blocking }),
    ...(showsPreview && { preview }),
    entries: [],
  };
}

/** Returns the seq up to which the device agrees with the log; undefined if that cannot be known. */
async function agreedSeq(
  log: ConversationLog,
  conversation: string,
  head: Head,
  cursor: Cursor,
  signal: AbortSignal,
): Promise<number | undefined> {
  const seq = seqOfCursor(head, cursor);
  if (seq === undefined || seq <= head.lastSeq) return seq;
  // Acknowledged entries can put a device ahead of a head that lags after a crash. A device is ahead of the log
  // itself only after data loss.
  const page = await log.readForward(conversation, { fromSeq: seq, toSeq: seq }, signal);
  return page.segments.some(({ entries }) => entries.some((entry) => entry.seq === seq)) ? seq : undefined;
}

interface ReadInput {
  readonly input: SyncInput;
  readonly summary: SyncedConversation;
  readonly visible: readonly Interval[];
  readonly seq: number | undefined;
  readonly window: VisibilityWindow;
}

/** Entries of one conversation. With `from`, they are all that follow this seq; without it, they are the newest. */
interface Run extends EntryRun {
  readonly from: number | undefined;
}

async function readEntries(
  log: ConversationLog,
  { input, summary, visible, seq, window }: ReadInput,
  signal: AbortSignal,
): Promise<Run> {
  const { conversation } = input.row;
  const maxBytes = input.maxBytes - conversationBytes({ ...summary, unread: 100, reset: true });
  if (seq !== undefined) {
    const intervals = readable(input.row.ranges, [seq + 1, input.head.lastSeq]);
    const bounds = { intervals, limit: LIMITS.historyPage, maxBytes, window };
    const expected = intervals[0]?.[0];
    if (expected === undefined) return { entries: [], cut: false, from: seq };
    // The entry after the cursor exists, or it has expired and the device must be reset.
    const run = expected < summary.first ? undefined : await readOldest(log, conversation, bounds, signal);
    if (run?.entries[0]?.seq === expected) return { ...run, from: seq };
  }
  const bounds = { intervals: visible, limit: LIMITS.syncTail, maxBytes, window };
  // Earlier entries need no further sync: `history` has them.
  return { ...(await readNewest(log, conversation, bounds, signal)), cut: false, from: undefined };
}

/** Counts unread entries. Uses the entries already read if they cover everything that can be unread. */
async function countUnreadEntries(
  log: ConversationLog,
  input: { user: string; row: InboxRow; visible: readonly Interval[]; window: VisibilityWindow; run: Run },
  signal: AbortSignal,
): Promise<number> {
  const { user, row, visible, window, run } = input;
  const { readSeq } = cursors(row);
  const intervals = readable(visible, [readSeq + 1, Number.MAX_SAFE_INTEGER]);
  if (intervals.length === 0) return 0;
  const readFrom = run.from ?? (run.entries[0]?.seq ?? Number.MAX_SAFE_INTEGER) - 1;
  if (!run.cut && readFrom <= readSeq) {
    const count = run.entries.filter((entry) => isUnread(entry, user, readSeq)).length;
    return Math.min(count, LIMITS.unreadCount + 1);
  }
  return countUnread(log, row.conversation, { user, readSeq, intervals, window }, signal);
}
