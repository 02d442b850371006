import {
  LIMITS,
  type MembersFrame,
  type MembersResult,
  type ReceiptsFrame,
  type ReceiptsResult,
  utf8Bytes,
  type WireError,
  wireError,
} from "../../../protocol/index.ts";
import type { ConversationLog, MemberPage } from "../../ports/conversation-log.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import { isShownTo } from "../log/consent.ts";
import { isOpen } from "../log/readable-ranges.ts";
import { isListed } from "../log/visibility.ts";

export interface MembersDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "heads" | "rows">;
}

/** Returns one page of a conversation's members. A page may be short even if there are more. */
export async function members(
  deps: MembersDeps,
  user: string,
  frame: MembersFrame,
  signal: AbortSignal,
): Promise<MembersResult | WireError> {
  const page = await memberPage(deps, user, frame, signal);
  if ("error" in page) return page.error;
  const list = page.members.map((member) => ({ user: member.user, role: member.role }));
  const { fitting, next } = fitToFrame(list, page.next);
  return { members: fitting, ...next };
}

/** Returns the receipt cursors of the user, and of the members of whom the user may be told, in the same pages as `members`. */
export async function receipts(
  deps: MembersDeps,
  user: string,
  frame: ReceiptsFrame,
  signal: AbortSignal,
): Promise<ReceiptsResult | WireError> {
  const { conversation } = frame;
  const [page, heads] = await Promise.all([
    memberPage(deps, user, frame, signal),
    deps.inbox.heads([conversation], signal),
  ]);
  if ("error" in page) return page.error;
  // A blocked user gets no receipts by push or sync; answering this request would undermine the block.
  if (page.row.blocked) return wireError("blocked");
  const users = page.members.map((member) => member.user);
  const rows = await deps.inbox.rows(
    users.map((member) => ({ user: member, conversation })),
    signal,
  );
  const lastSeq = heads.get(conversation)?.lastSeq;
  const list = users.flatMap((member, index) => {
    const row = rows[index];
    const isShown = member === user || (row !== undefined && isShownTo(user, row));
    return isShown ? [{ user: member, ...cursors(row, lastSeq) }] : [];
  });
  const { fitting, next } = fitToFrame(list, page.next);
  return { receipts: fitting, ...next };
}

async function memberPage(
  { log, inbox }: MembersDeps,
  user: string,
  { conversation, after }: { conversation: string; after?: string | undefined },
  signal: AbortSignal,
): Promise<({ row: InboxRow } & MemberPage) | { error: WireError }> {
  const [row] = await inbox.rows([{ user, conversation }], signal);
  if (row === undefined || !isListed(row)) return { error: wireError("not_found") };
  if (!isOpen(row.ranges)) return { error: wireError("not_a_member") };
  const page = await log.members(conversation, { after, limit: LIMITS.membersPage }, signal);
  return { row, ...page };
}

/** Leaves room in the frame for the fields around the list. */
const LIST_BYTES = LIMITS.frameBytes - 2 * 1024;

/** Returns the items that fit into the reply; the next page begins after them. */
function fitToFrame<T extends { user: string }>(list: readonly T[], next: string | undefined) {
  let bytes = 0;
  const end = list.findIndex((one) => {
    bytes += utf8Bytes(JSON.stringify(one)) + 1;
    return bytes > LIST_BYTES;
  });
  const fitting = end === -1 ? [...list] : list.slice(0, end);
  const after = end === -1 ? next : fitting.at(-1)?.user;
  return { fitting, next: after === undefined ? {} : { next: after } };
}

/** Returns the cursors of a row. A read entry counts as delivered, and no cursor is beyond the end of the log. */
export function cursors(
  row: InboxRow | undefined,
  lastSeq = Number.MAX_SAFE_INTEGER,
): { readSeq: number; deliveredSeq: number } {
  const { readSeq = 0, deliveredSeq = 0 } = row ?? {};
  return {
    readSeq: Math.min(readSeq, lastSeq),
    deliveredSeq: Math.min(Math.max(readSeq, deliveredSeq), lastSeq),
  };
}
