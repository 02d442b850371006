import type { Entry } from "../../../protocol/index.ts";
import type { Head, Member } from "../../ports/conversation-log.ts";
import type { Lease } from "../../ports/leases.ts";
import type { EntriesDelivery } from "../../ports/topics.ts";
import { peerOf } from "../log/conversation-id.ts";
import { canRead } from "../log/readable-ranges.ts";
import { activeLeases } from "../presence/leases.ts";
import { entriesPushes } from "./entries-pushes.ts";
import type { TargetPushes } from "./push.ts";

export interface PushInput {
  readonly conversation: string;
  readonly head: Pick<Head, "kind" | "title" | "epoch" | "lastSeq">;
  /**
   * Possible recipients: members, and those removed since the first entry; of a direct conversation, both sides. Their
   * ranges were read after the entries, or together with them.
   */
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
export function pushesFor(input: PushInput): TargetPushes<EntriesDelivery>[] {
  const { conversation, head, members, leases, acknowledged, nowMs } = input;
  return members.flatMap((member) => {
    const { user, ranges } = member;
    const reader = { ranges, peer: head.kind === "direct" ? peerOf(user, members) : undefined };
    const readable = input.entries.filter(({ seq }) => canRead(ranges, seq));
    return activeLeases(leases.get(user) ?? [], nowMs).flatMap(({ connection, connectedAtMs }) => {
      const has = acknowledged.get(connection);
      const entries = readable.filter(({ seq }) => !has?.has(seq));
      if (entries.length === 0) return [];
      const target = { user, connection, connectedAtMs };
      const hasJoined = entries.some((entry) => addsMember(entry, user));
      const read = { conversation, head, epoch: head.epoch, entries };
      return [{ target, pushes: entriesPushes(target, reader, read, hasJoined) }];
    });
  });
}

function addsMember({ seq, kind, body }: Entry, user: string): boolean {
  return seq === 1 || (kind === "member.add" && (body as { users: string[] }).users.includes(user));
}
