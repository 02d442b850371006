import { type Conversation, type Head, MEMBER_BUCKETS } from "../../ports/conversation-log.ts";
import type { ShardDelivery } from "../../ports/topics.ts";

/** Up to this many members, `commit` pushes itself; beyond, `deliver` does. */
const INLINE_MEMBERS = 100;

/** Below the maximum of one delivery (SHARD_MEMBERS), because buckets are even only on average. */
const TARGET_MEMBERS = 200;

export function isSmall({ head, complete }: Conversation): boolean {
  return complete && head.memberCount <= INLINE_MEMBERS;
}

/** Splits the members of a group into shards of about the same size, without listing the members. */
export function shards(
  conversation: string,
  { kind, title, epoch, lastSeq, memberCount, membersVersion }: Head,
  seqs: readonly number[],
  acknowledged: ReadonlyMap<string, ReadonlySet<number>>,
): ShardDelivery[] {
  const count = Math.min(MEMBER_BUCKETS, Math.max(1, Math.ceil(memberCount / TARGET_MEMBERS)));
  const boundary = (index: number) => Math.floor((index * MEMBER_BUCKETS) / count);
  const acks = [...acknowledged].map(([connection, acked]) => ({ connection, seqs: [...acked] }));
  return Array.from({ length: count }, (_, index) => ({
    type: "deliver.shard",
    conversation,
    head: { kind, ...(title !== undefined && { title }), epoch, lastSeq, membersVersion },
    seqs,
    fromBucket: boundary(index),
    toBucket: boundary(index + 1) - 1,
    acknowledged: acks,
  }));
}
