import {
  type HistoryFrame,
  type HistoryResult,
  LIMITS,
  type WireError,
  wireError,
} from "../../../protocol/index.ts";
import type { ConversationLog, Head } from "../../ports/conversation-log.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import { isDirect } from "../log/conversation-id.ts";
import { raiseEpoch } from "../log/epoch.ts";
import { frameBytes } from "../log/frame-packing.ts";
import { LogView } from "../log/log-view.ts";
import { lastReadable, readable } from "../log/readable-ranges.ts";
import { visibleRanges } from "../log/retention.ts";
import { isListed, visibleEntriesFor } from "../log/visibility.ts";
import { type HoleDeps, reportHole } from "./holes.ts";
import { readNewest, readOldest } from "./read-range.ts";

export interface HistoryDeps extends HoleDeps {
  readonly log: ConversationLog;
  readonly inbox: Pick<Inbox, "heads" | "rows">;
  readonly epochFloor: number;
  readonly now: () => number;
}

const DEFAULT_LIMIT = 50;

/** Returns a page of a conversation, ascending: only entries the user may read as a member and that are still kept. */
export async function history(
  deps: HistoryDeps,
  user: string,
  { id, conversation, before, after, limit = DEFAULT_LIMIT }: HistoryFrame,
  signal: AbortSignal,
): Promise<HistoryResult | WireError> {
  const [stored, row] = await readHeadAndRow(deps.inbox, user, conversation, signal);
  if (stored === undefined || row === undefined || !isListed(row)) return wireError("not_found");

  const { epoch, lastSeq } = raiseEpoch(stored, deps.epochFloor);
  const nowMs = deps.now();
  const view = new LogView(deps.log, conversation, stored);
  const { ranges, first, window } = await visibleRanges(view, stored, row, nowMs, signal);
  const end = lastReadable(row.ranges, lastSeq);
  const empty: HistoryResult = { epoch, lastSeq: end, first, entries: [], more: false };
  const maxBytes =
    LIMITS.frameBytes - frameBytes({ type: "reply", id, result: { ...empty, first: end + 1 } });
  const intervals = readable(ranges, [
    Math.max(first, (after ?? 0) + 1),
    Math.min(lastSeq, (before ?? lastSeq + 1) - 1),
  ]);
  const read = after === undefined ? readNewest : readOldest;
  const run = await read(view, { intervals, limit, maxBytes, window }, signal);
  reportHole(deps, { conversation, head: stored }, run);
  // They may have been removed before an entry was changed that has been read now.
  const mayBeOutdated = view.isOvertaken && !isDirect(conversation);
  const [newest] = mayBeOutdated ? await deps.inbox.rows([{ user, conversation }], signal) : [row];
  return {
    ...empty,
    first: Math.max(first, run.hiddenBefore ?? 0),
    entries: visibleEntriesFor(newest?.ranges ?? [], run.entries),
    more: run.cut,
  };
}

/**
 * Reads the head before the row: no entry beyond the head is returned, so a row read later covers all of them. The
 * order does not matter in a direct conversation, which nobody leaves.
 */
async function readHeadAndRow(
  inbox: HistoryDeps["inbox"],
  user: string,
  conversation: string,
  signal: AbortSignal,
): Promise<[Head | undefined, InboxRow | undefined]> {
  const readHead = async () => (await inbox.heads([conversation], signal)).get(conversation);
  const readRow = async () => (await inbox.rows([{ user, conversation }], signal))[0];
  if (isDirect(conversation)) return Promise.all([readHead(), readRow()]);
  const head = await readHead();
  return [head, await readRow()];
}
