import { type Entry, LIMITS } from "../../../protocol/index.ts";
import type { Member } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { formerMember } from "../log/former-member.ts";
import { isOpen } from "../log/readable-ranges.ts";

/** A push whose recipients are wanted. */
interface Removals {
  readonly conversation: string;
  readonly read: (seqs: readonly number[]) => Promise<Entry[]>;
  /** First entry that is pushed, and the end of the log. */
  readonly within: readonly [fromSeq: number, lastSeq: number];
  /** True for a user who may be told. */
  readonly concerns: (user: string) => boolean;
}

/**
 * Returns the users whose membership has ended since the first of the entries that are pushed, by their inbox rows,
 * because they have no member rows: each is a recipient up to the removal. Reads nothing if nobody was removed and the
 * pushed entries are the end of the log.
 */
export async function removedMembers(
  inbox: Pick<Inbox, "rows">,
  { conversation, read, within: [fromSeq, lastSeq], concerns }: Removals,
  signal: AbortSignal,
): Promise<Member[]> {
  const first = Math.max(fromSeq, lastSeq - LIMITS.seenWindow + 1);
  const seqs = Array.from({ length: Math.max(0, lastSeq - first + 1) }, (_, index) => first + index);
  const removed = (await read(seqs)).flatMap(usersRemoved);
  const users = [...new Set(removed)].filter(concerns);
  if (users.length === 0) return [];
  const keys = users.map((user) => ({ user, conversation }));
  const rows = await inbox.rows(keys, signal);
  return users.flatMap((user, index) => {
    const row = rows[index];
    // Who was added again has a member row.
    return row === undefined || isOpen(row.ranges) ? [] : (formerMember(user, row) ?? []);
  });
}

function usersRemoved({ kind, sender, body }: Entry): readonly string[] {
  if (kind === "member.leave") return [sender];
  return kind === "member.remove" ? (body as { users: readonly string[] }).users : [];
}
