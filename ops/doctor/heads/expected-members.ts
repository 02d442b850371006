import { directConversationId, isDirect } from "../../../functions/core/log/conversation-id.ts";
import type { Head, Member } from "../../../functions/ports/conversation-log.ts";
import { expectedMember } from "./expected-member.ts";
import type { Trace } from "./membership-trail.ts";
import type { StoredConversation } from "./stored-conversation.ts";

/** Returns the member rows that a conversation should have, former members included. */
export function expectedMembers(
  stored: StoredConversation,
  trail: ReadonlyMap<string, Trace>,
  head: Pick<Head, "history" | "lastSeq">,
): Member[] {
  const members = new Map(stored.members.map((member) => [member.user, member]));
  const users = new Set([...members.keys(), ...stored.rows.keys(), ...trail.keys()]);
  const expected = [...users].flatMap(
    (user) =>
      expectedMember(
        { user, member: members.get(user), row: stored.rows.get(user), trace: trail.get(user) },
        head,
      ) ?? [],
  );
  return isDirect(stored.conversation) ? withPeer(stored, expected) : expected;
}

/** Adds the other side of a direct conversation, if its row is missing: the id of the conversation tells if it is. */
function withPeer({ conversation, rows }: StoredConversation, members: readonly Member[]): Member[] {
  const known = pairOf(conversation, [
    ...[...rows].map(([user, { peer }]) => [user, peer ?? user] as const),
    ...members.map(({ user }) => [user, user] as const),
  ]);
  return [...new Set(known)].map((user) => {
    const member = members.find((candidate) => candidate.user === user);
    if (member !== undefined) return member;
    const other = known.find((candidate) => candidate !== user) ?? user;
    const { muted, blocked } = rows.get(user) ?? {};
    const isBlocked = blocked || rows.get(other)?.blocking;
    return {
      user,
      role: "member",
      ranges: [[1]],
      ...(isBlocked && { blocked: true }),
      ...(muted && { muted }),
    };
  });
}

/** Returns the two users of a direct conversation, if one of these pairs is; otherwise everyone who is named. */
function pairOf(conversation: string, pairs: readonly (readonly [string, string])[]): readonly string[] {
  const isPair = ([one, other]: readonly [string, string]) =>
    directConversationId(one, other) === conversation;
  return pairs.find(isPair) ?? pairs.map(([user]) => user);
}
