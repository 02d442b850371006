import type { Entry, JoinedFrame } from "../../../protocol/index.ts";
import type { Head, Member } from "../../ports/conversation-log.ts";
import type { Lease } from "../../ports/leases.ts";
import type { PushTarget } from "../../ports/topics.ts";
import { peerOf } from "../log/conversation-id.ts";
import { canRead, isOpen, lastReadable } from "../log/readable-ranges.ts";
import { redactFor } from "../log/visibility.ts";
import { activeLeases } from "../presence/leases.ts";

/** Frames for one connection, in this order. */
export interface ConnectionPush {
  readonly target: PushTarget;
  readonly joined: JoinedFrame | undefined;
  readonly entries: readonly Entry[];
}

export interface PushInput {
  readonly conversation: string;
  readonly head: Pick<Head, "kind" | "title" | "epoch" | "lastSeq">;
  /** Possible recipients, including former members; of a direct conversation, both sides. */
  readonly members: readonly Member[];
  /** Ordered by seq. */
  readonly entries: readonly Entry[];
  readonly leases: ReadonlyMap<string, readonly Lease[]>;
  /** Seqs acknowledged to each connection, which therefore has these entries already. */
  readonly acknowledged: ReadonlyMap<string, ReadonlySet<number>>;
  readonly nowMs: number;
}

/**
 * Selects what each live connection gets: the entries at whose seq its user was a member, checked entry by entry. A
 * connection that gets the entry that added its user first gets a `joined` frame.
 */
export function pushesFor(input: PushInput): ConnectionPush[] {
  const { members, leases, acknowledged, nowMs } = input;
  return members.flatMap((member) => {
    const readable = input.entries
      .filter((entry) => canRead(member.ranges, entry.seq))
      .map((entry) => redactFor(member.ranges, entry));
    if (readable.length === 0) return [];
    return activeLeases(leases.get(member.user) ?? [], nowMs).flatMap(({ connection, connectedAtMs }) => {
      const has = acknowledged.get(connection);
      const entries = readable.filter((entry) => !has?.has(entry.seq));
      if (entries.length === 0) return [];
      const joined = entries.some((entry) => addsMember(entry, member.user))
        ? joinedFrame(input, member)
        : undefined;
      return [{ target: { user: member.user, connection, connectedAtMs }, joined, entries }];
    });
  });
}

function addsMember({ seq, kind, body }: Entry, user: string): boolean {
  return seq === 1 || (kind === "member.add" && (body as { users: string[] }).users.includes(user));
}

function joinedFrame({ conversation, head, members }: PushInput, { user, ranges }: Member): JoinedFrame {
  const { kind, title, epoch } = head;
  return {
    type: "joined",
    conversation,
    kind,
    ...(kind === "direct" && { peer: peerOf(user, members) }),
    // A user who has left again meanwhile must not see later changes.
    ...(title !== undefined && isOpen(ranges) && { title }),
    first: ranges.at(-1)?.[0] ?? 1,
    epoch,
    lastSeq: lastReadable(ranges, head.lastSeq),
  };
}
