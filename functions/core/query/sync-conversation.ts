import {
  type Cursor,
  type Entry,
  LIMITS,
  type Preview,
  type SyncedConversation,
  utf8Bytes,
} from "../../../protocol/index.ts";
import type { ConversationLog, Head, SeqRange } from "../../ports/conversation-log.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import { seqOfCursor } from "../log/epoch.ts";
import { entryBytes } from "../log/frame-packing.ts";
import { LogView } from "../log/log-view.ts";
import { lacksText, previewOf } from "../log/preview.ts";
import { canRead, type Interval, isOpen, lastReadable, readable } from "../log/readable-ranges.ts";
import { type VisibilityWindow, visibleEntries, visibleRanges } from "../log/retention.ts";
import { visibleEntriesFor } from "../log/visibility.ts";
import { type HoleDeps, reportHole } from "./holes.ts";
import { cursors } from "./members.ts";
import { type EntryRun, readNewest, readOldest } from "./read-range.ts";
import { countUnread, isUnread, MOST_UNREAD } from "./unread-count.ts";

export interface SyncConversationDeps extends HoleDeps {
  readonly log: ConversationLog;
  readonly inbox: Inbox;
  readonly epochFloor: number;
  readonly now: () => number;
}

/** A conversation of the user, and what the device has of it. */
export interface SyncedLog {
  readonly user: string;
  readonly row: InboxRow;
  readonly head: Head;
  readonly cursor: Cursor | undefined;
  /** Newest entries that the device wants if it has no cursor. */
  readonly tail: number;
}

/** Room for a conversation in a reply. */
export interface Room {
  readonly bytes: number;
  /** True if the whole frame is free: whatever does not fit now never will. */
  readonly isWholeFrame: boolean;
}

export interface Synced {
  readonly conversation: SyncedConversation;
  /** The conversation has more entries than fit. */
  readonly cut: boolean;
  /** See {@link LogView.isOvertaken}. */
  readonly isOvertaken: boolean;
}

/** Returns one conversation as a device with this cursor needs it; undefined if there is too little room for it. */
export async function syncConversation(
  deps: SyncConversationDeps,
  synced: SyncedLog,
  room: Room,
  signal: AbortSignal,
): Promise<Synced | undefined> {
  const { row, head } = synced;
  if (summaryBytes(synced) > room.bytes && !room.isWholeFrame) return undefined;
  const nowMs = deps.now();
  const view = new LogView(deps.log, row.conversation, head);
  const { ranges, first, window } = await visibleRanges(view, head, row, nowMs, signal);
  const run = await readEntries(view, { synced, ranges, first, window, room }, signal);
  if (run === undefined) return undefined;
  reportHole(deps, { conversation: row.conversation, head }, run);
  const shownFrom = Math.max(first, run.hiddenBefore ?? 0);
  const unread = await unreadEntries(view, { synced, ranges, first: shownFrom, window, run }, signal);
  const reset = synced.cursor !== undefined && run.isNewest;
  const isPreviewed = head.preview !== undefined && canRead(ranges, head.preview.seq);
  const preview = isPreviewed ? await completePreview(view, { head, window, run }, signal) : undefined;
  return {
    conversation: {
      ...summaryOf({ ...synced, head: { ...head, preview } }, ranges, shownFrom, window.sinceMs),
      unread,
      ...(reset && { reset }),
      entries: visibleEntriesFor(row.ranges, run.entries),
    },
    cut: run.cut,
    isOvertaken: view.isOvertaken,
  };
}

/** Returns the bytes a conversation adds to a reply, including its comma. */
export function conversationBytes(conversation: SyncedConversation): number {
  return utf8Bytes(JSON.stringify(conversation)) + 1;
}

/** The text of a preview that takes the most bytes: six for each of its own, in JSON. */
const LONGEST_TEXT = "\u0000".repeat(LIMITS.previewBytes);

/** Bytes of a conversation without entries, at most. */
function summaryBytes(synced: SyncedLog): number {
  const { head } = synced;
  const preview = head.preview && { ...head.preview, ...(lacksText(head) && { text: LONGEST_TEXT }) };
  const ranges = [...gapsAtMost(head), ...synced.row.ranges];
  const summary = summaryOf({ ...synced, head: { ...head, preview } }, ranges, 1, 0);
  return conversationBytes({ ...summary, first: head.lastSeq + 1, unread: MOST_UNREAD, reset: true });
}

/** Bytes of an entry of a conversation whose head has none. */
const TYPICAL_ENTRY_BYTES = 300;
/** Bytes of another member's cursors, with a user id of usual length. */
const RECEIPT_BYTES = 96;

/** Estimates the bytes that a conversation will add to a reply, from its head alone. */
export function expectedBytes(synced: SyncedLog): number {
  const { row, head } = synced;
  const { tail, memberCount } = head;
  const average = tail.length === 0 ? TYPICAL_ENTRY_BYTES : sum(tail.map(entryBytes)) / tail.length;
  const after = agreedSeq(synced);
  const missing = readable(row.ranges, [(after ?? 0) + 1, head.lastSeq]);
  const count = sum(missing.map(([from, to]) => to - from + 1));
  const entries = Math.min(count, after === undefined ? synced.tail : LIMITS.historyPage);
  const receipts = memberCount <= LIMITS.chattyMembers ? memberCount - 1 : 0;
  return summaryBytes(synced) + entries * average + receipts * RECEIPT_BYTES;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** True if the device has the whole log, as far as the user may read it. */
export function isAtEnd({ row, head, cursor }: SyncedLog): boolean {
  return cursor?.[0] === head.epoch && cursor[1] === lastReadable(row.ranges, head.lastSeq);
}

/** Ranges that expired entries may leave, in their longest form. */
function gapsAtMost({ periods = [], lastSeq }: Head): SeqRange[] {
  return periods.map((): SeqRange => [lastSeq, lastSeq]);
}

/** @param ranges those of the row, without what has expired */
function summaryOf(
  { row, head }: SyncedLog,
  ranges: readonly SeqRange[],
  first: number,
  sinceMs: number,
): SyncedConversation {
  const { conversation, role, peer, muted, blocking, keepSeconds } = row;
  const { kind, title, memberCount, epoch, preview, retentionSeconds } = head;
  const lastSeq = lastReadable(row.ranges, head.lastSeq);
  const isMember = isOpen(ranges);
  // A preview of an older entry may have been changed after the user left.
  const showsPreview = isMember && preview && preview.seq >= first && preview.sentAtMs >= sinceMs;
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
function agreedSeq({ head, cursor }: SyncedLog): number | undefined {
  const seq = cursor && seqOfCursor(head, cursor);
  // A device is ahead of the log only after data loss.
  return seq !== undefined && seq <= head.lastSeq ? seq : undefined;
}

interface ReadInput {
  readonly synced: SyncedLog;
  /** Ranges that the user can see. */
  readonly ranges: readonly SeqRange[];
  /** First seq that the user can see. */
  readonly first: number;
  readonly window: VisibilityWindow;
  readonly room: Room;
}

interface Run extends EntryRun {
  /** The entries are all that follow this seq, up to the last of them or the end of the log. */
  readonly afterSeq: number;
  /** The entries are the newest ones, and do not continue what the device has. */
  readonly isNewest: boolean;
}

async function readEntries(view: LogView, input: ReadInput, signal: AbortSignal): Promise<Run | undefined> {
  const { synced, ranges, first, window, room } = input;
  const { head } = synced;
  const maxBytes = room.bytes - summaryBytes(synced);
  const afterSeq = agreedSeq(synced);
  if (afterSeq !== undefined) {
    const intervals = readable(synced.row.ranges, [afterSeq + 1, head.lastSeq]);
    const expected = intervals[0]?.[0];
    if (expected === undefined) return { entries: [], cut: false, afterSeq, isNewest: false };
    // The entry after the cursor exists, or it is gone and the device must be reset.
    const bounds = { intervals, limit: LIMITS.historyPage, maxBytes, window };
    // Of a direct conversation, entries between two ranges have expired.
    const firstAfterGaps = Math.max(first, head.periods === undefined ? 0 : (ranges.at(-1)?.[0] ?? 0));
    const run = expected < firstAfterGaps ? undefined : await readOldest(view, bounds, signal);
    if (run?.entries[0]?.seq === expected) return { ...run, afterSeq, isNewest: false };
    if (run?.cut && run.hiddenBefore === undefined && !room.isWholeFrame) return undefined;
  }
  const limit = synced.cursor === undefined ? synced.tail : LIMITS.syncTail;
  // The entries must continue to the end of the log, so those before a gap are left to `history`.
  const newest = head.periods === undefined ? ranges : ranges.slice(-1);
  const bounds = { intervals: readable(newest, [first, head.lastSeq]), limit, maxBytes, window };
  const run = await readNewest(view, bounds, signal);
  if (run.cut && run.entries.length < limit && !room.isWholeFrame) return undefined;
  // Earlier entries need no further sync: `history` has them.
  return { ...run, cut: false, afterSeq: beforeNewest(run, head), isNewest: true };
}

/** Returns the preview of a conversation. With a retention its text is only in the log, from which it expires. */
async function completePreview(
  view: LogView,
  { head, window, run }: { head: Head; window: VisibilityWindow; run: Run },
  signal: AbortSignal,
): Promise<Preview | undefined> {
  const { preview } = head;
  if (preview === undefined || !lacksText(head) || preview.sentAtMs < window.sinceMs) return preview;
  const { seq } = preview;
  const isIt = (entry: Entry) => entry.seq === seq;
  const inRun = run.entries.find(isIt);
  if (inRun !== undefined) return previewOf(inRun);
  const page = await view.readForward({ fromSeq: seq, toSeq: seq, maxSegments: 1 }, signal);
  const entry = visibleEntries(page, window).find(isIt);
  return entry && previewOf(entry);
}

function beforeNewest({ entries }: EntryRun, { lastSeq }: Head): number {
  return (entries[0]?.seq ?? lastSeq + 1) - 1;
}

/**
 * Counts unread entries: those of the run, and, if the run is the last part of what the device gets, those before it. A
 * conversation that comes again is counted when its last part comes, so that catching up reads the log once.
 */
async function unreadEntries(
  view: LogView,
  { synced, ranges, first, window, run }: Omit<ReadInput, "room"> & { run: Run },
  signal: AbortSignal,
): Promise<number> {
  const { user, row } = synced;
  const { readSeq } = cursors(row);
  const inRun = run.entries.filter((entry) => isUnread(entry, user, readSeq)).length;
  const most = MOST_UNREAD - inRun;
  if (run.cut || most <= 0) return Math.min(inRun, MOST_UNREAD);
  const before: Interval = [Math.max(first, readSeq + 1), run.afterSeq];
  const about = { user, readSeq, most, window, intervals: readable(ranges, before) };
  return inRun + (await countUnread(view, about, signal));
}
