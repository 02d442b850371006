import pMap from "p-map";
import { LIMITS, type SyncedConversation } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { isShownTo } from "../log/consent.ts";
import { isOpen } from "../log/readable-ranges.ts";
import { smallGroupMembers } from "../receipts/audience.ts";
import { cursors } from "./members.ts";
import type { SyncedLog } from "./sync-conversation.ts";

interface Deps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "rows" | "set">;
}

const CONCURRENT_READS = 10;

/** Reads the cursors of the other members of whom the user may be told, in the small conversations among these, in one batch. */
export async function peerReceipts(
  deps: Deps,
  conversations: readonly SyncedLog[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Pick<SyncedConversation, "receipts">>> {
  const small = conversations.filter(
    ({ row, head }) => head.memberCount <= LIMITS.chattyMembers && isOpen(row.ranges),
  );
  const peers = await pMap(small, (one) => peersOf(deps, one, signal), {
    concurrency: CONCURRENT_READS,
  });
  const keys = small.flatMap(({ user, row: { conversation } }, index) =>
    (peers[index] ?? []).map((other) => ({ user: other, conversation, asker: user })),
  );
  const rows = keys.length > 0 ? await deps.inbox.rows(keys, signal) : [];
  const lastSeqs = new Map(small.map(({ row, head }) => [row.conversation, head.lastSeq]));
  // Of a group that has just become large, the receipts are left out: they can be asked for.
  const known = small.filter((_, index) => peers[index] !== undefined);
  const receipts = new Map(known.map(({ row }) => [row.conversation, [] as Cursor[]]));
  keys.forEach(({ user, conversation, asker }, index) => {
    const row = rows[index];
    if (row === undefined || !isShownTo(asker, row)) return;
    receipts.get(conversation)?.push({ user, ...cursors(row, lastSeqs.get(conversation)) });
  });
  return new Map([...receipts].map(([conversation, list]) => [conversation, { receipts: list }]));
}

type Cursor = NonNullable<SyncedConversation["receipts"]>[number];

async function peersOf(
  { log, inbox }: Deps,
  { user, row, head }: SyncedLog,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const { conversation, peer, quiet, blocked } = row;
  if (head.kind === "direct") return peer === undefined || peer === user || blocked ? [] : [peer];
  // The group is small again, so receipts and typing can be pushed again.
  if (quiet) await inbox.set({ user, conversation }, { quiet: null }, signal);
  const members = await smallGroupMembers(log, conversation, signal);
  return members?.filter((other) => other !== user);
}
