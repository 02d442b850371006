import { LogView } from "../../functions/core/log/log-view.ts";
import { isOpen } from "../../functions/core/log/readable-ranges.ts";
import type { ConversationLog, Head } from "../../functions/ports/conversation-log.ts";
import type { Inbox, InboxPage, InboxRange, InboxRow } from "../../functions/ports/inbox.ts";
import type { Leases } from "../../functions/ports/leases.ts";
import type { Entry } from "../../protocol/index.ts";
import { EXPORT_VERSION, type ExportLine } from "./export-line.ts";

export interface ExportSource {
  readonly log: ConversationLog;
  readonly inbox: Inbox;
  readonly leases: Leases;
}

/** Place in an export: everything before this seq of this conversation is written. */
export interface ExportPlace {
  readonly conversation: string;
  readonly seq: number;
}

interface ExportInput {
  readonly user: string;
  readonly deployment: string;
  /** Place at which an earlier export of this user was interrupted. */
  readonly from?: ExportPlace | undefined;
}

const PAGE = 100;
const SEGMENTS = 20;

/** Yields what a user owns, line by line: listed conversations by id, and then the forgotten ones. */
export async function* exportLines(
  source: ExportSource,
  { user, deployment, from }: ExportInput,
  signal: AbortSignal,
): AsyncGenerator<ExportLine> {
  if (from === undefined) {
    yield { type: "export", version: EXPORT_VERSION, user, deployment };
    yield await profileOf(source, user, signal);
  }
  const list = source.inbox.list.bind(source.inbox, user);
  const forgotten = source.inbox.forgotten.bind(source.inbox, user);
  const first = from?.conversation;
  const isForgotten =
    first !== undefined &&
    (await forgotten({ from: first, limit: 1 }, signal)).rows[0]?.conversation === first;
  if (!isForgotten) {
    for await (const row of rowsOf(list, first, signal)) {
      yield* conversationLines(source, user, row, from, signal);
    }
  }
  for await (const row of rowsOf(forgotten, isForgotten ? first : undefined, signal)) {
    yield* conversationLines(source, user, row, from, signal, true);
  }
}

async function profileOf({ leases }: ExportSource, user: string, signal: AbortSignal): Promise<ExportLine> {
  const state = (await leases.states([user], signal)).get(user);
  return {
    type: "profile",
    user,
    ...(state?.lastSeenAtMs !== undefined && { lastSeenAtMs: state.lastSeenAtMs }),
    connections: (state?.leases ?? []).map(({ device, connectedAtMs, expiresAtMs }) => ({
      ...(device !== undefined && { device }),
      connectedAtMs,
      expiresAtMs,
    })),
  };
}

async function* rowsOf(
  read: (range: InboxRange, signal: AbortSignal) => Promise<InboxPage>,
  first: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<InboxRow> {
  let from = first;
  do {
    const page = await read({ from, limit: PAGE }, signal);
    yield* page.rows;
    from = page.next;
  } while (from !== undefined);
}

async function* conversationLines(
  { log }: ExportSource,
  user: string,
  row: InboxRow,
  from: ExportPlace | undefined,
  signal: AbortSignal,
  isForgotten = false,
): AsyncGenerator<ExportLine> {
  const { conversation } = row;
  const head = (await log.read(conversation, [user], signal))?.head;
  if (head === undefined) return;
  const isResumed = from?.conversation === conversation;
  if (!isResumed) yield conversationLine(row, head, isForgotten);
  const view = new LogView(log, conversation, head);
  let next: number | undefined = isResumed ? from.seq : 1;
  while (next !== undefined && next <= head.lastSeq) {
    const range: { fromSeq: number; toSeq: number; maxSegments: number } = {
      fromSeq: next,
      toSeq: head.lastSeq,
      maxSegments: SEGMENTS,
    };
    const { segments } = await view.readForward(range, signal);
    const entries: Entry[] = segments
      .flatMap((segment) => segment.entries)
      .filter(({ seq }) => seq >= range.fromSeq);
    for (const entry of entries) yield* entryLines(conversation, entry, user);
    const last: number | undefined = entries.at(-1)?.seq;
    next = last === undefined ? undefined : last + 1;
  }
}

function conversationLine(row: InboxRow, head: Head, isForgotten: boolean): ExportLine {
  const { conversation, peer, role, ranges, readSeq, deliveredSeq, muted, blocking, keepSeconds } = row;
  const { kind, title } = head;
  return {
    type: "conversation",
    conversation,
    kind,
    ...(kind === "direct" && { peer }),
    ...(title !== undefined && isOpen(ranges) && { title }),
    ...(kind === "group" && isOpen(ranges) && { role }),
    ranges: ranges.map((range) => [...range] as number[]),
    ...(readSeq !== undefined && { readSeq }),
    ...(deliveredSeq !== undefined && { deliveredSeq }),
    ...(muted && { muted }),
    ...(blocking && { blocking }),
    ...(keepSeconds !== undefined && { keepSeconds }),
    ...(isForgotten && { forgotten: true }),
  };
}

function* entryLines(conversation: string, entry: Entry, user: string): Generator<ExportLine> {
  const { seq, id, sender, kind, body, sentAtMs, editedAtMs, deletedAtMs, reactions = {} } = entry;
  if (sender === user) {
    const times = {
      ...(editedAtMs !== undefined && { editedAtMs }),
      ...(deletedAtMs !== undefined && { deletedAtMs }),
    };
    yield { type: "entry", conversation, seq, id, kind, body, sentAtMs, ...times };
  }
  for (const [key, users] of Object.entries(reactions)) {
    if (users.includes(user)) yield { type: "reaction", conversation, seq, key };
  }
}
