import { LIMITS } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import { isShownTo } from "../log/consent.ts";
import { isOpen } from "../log/readable-ranges.ts";

export interface AudienceDeps {
  readonly log: Pick<ConversationLog, "members">;
  readonly inbox: Pick<Inbox, "set">;
}

/**
 * Returns the members who get a receipt or typing frame: the other members of a small conversation who may be told of
 * the user, unless one side has blocked the other. A large conversation has no such audience; that is recorded in the
 * user's row, so that next time nothing of the conversation is read.
 */
export async function receiptAudience(
  deps: AudienceDeps,
  user: string,
  row: InboxRow,
  signal: AbortSignal,
): Promise<string[]> {
  if (!isOpen(row.ranges) || row.blocked || row.blocking || row.quiet) return [];
  const mayKnow = (other: string) => other !== user && isShownTo(other, row);
  if (row.peer !== undefined) return [row.peer].filter(mayKnow);
  const { conversation } = row;
  const users = await smallGroupMembers(deps.log, conversation, signal);
  if (users !== undefined) return users.filter(mayKnow);
  await deps.inbox.set({ user, conversation }, { quiet: true }, signal);
  return [];
}

/** Returns the members of a group if they are few enough for receipts and typing; otherwise undefined. */
export async function smallGroupMembers(
  log: Pick<ConversationLog, "members">,
  conversation: string,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const { members } = await log.members(conversation, { limit: LIMITS.chattyMembers + 1 }, signal);
  return members.length > LIMITS.chattyMembers ? undefined : members.map(({ user }) => user);
}
