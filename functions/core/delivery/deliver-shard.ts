import type { ConversationLog } from "../../ports/conversation-log.ts";
import type { OutboundTopic, ShardDelivery } from "../../ports/topics.ts";
import { EntryCache } from "../log/entry-cache.ts";
import type { EventDeps } from "./events.ts";
import { pushToMembers } from "./fan-out.ts";
import { type PushDeps, withFrameIds } from "./push.ts";

export interface DeliverShardDeps extends PushDeps, EventDeps {
  readonly log: ConversationLog;
  readonly outbound: OutboundTopic;
}

/** Members one delivery takes; what is beyond becomes a delivery of its own. */
const SHARD_MEMBERS = 250;

/**
 * Posting may take this long: what hangs is left to deliveries of its own. Three times what a batch of full shards
 * needs (docs/cost.md, "Large groups"); not more, because other shards may wait for this function to be free.
 */
const SHARD_BUDGET_MS = 1_500;

/**
 * Pushes entries to a part of the members of a large group. Rows and leases are read now: both are newer than the
 * entries, and who may read which of them is decided entry by entry.
 */
export async function deliverShard(
  deps: DeliverShardDeps,
  delivery: ShardDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { conversation, head, seqs, fromBucket, toBucket, after } = delivery;
  const cache = new EntryCache(deps.log, conversation);
  const [page] = await Promise.all([
    deps.log.members(conversation, { fromBucket, toBucket, after, limit: SHARD_MEMBERS }, signal),
    cache.readSeqs(seqs, signal),
  ]);
  // Before the pushes, so that both run at the same time.
  if (page.next !== undefined) await deps.outbound.publish([{ ...delivery, after: page.next }], signal);

  const fanOut = {
    conversation,
    head,
    members: page.members,
    entries: seqs.flatMap((seq) => cache.get(seq) ?? []),
    acknowledged: new Map(delivery.acknowledged.map((ack) => [ack.connection, new Set(ack.seqs)])),
  };
  const remaining = await pushToMembers(deps, fanOut, SHARD_BUDGET_MS, signal);
  if (remaining.length > 0)
    await deps.outbound.publish(withFrameIds(delivery.frames ?? [], remaining), signal);
}
