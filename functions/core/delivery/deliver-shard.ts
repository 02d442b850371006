import type { ConversationLog, Member, MemberPage } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import type { ShardDelivery } from "../../ports/topics.ts";
import { memberBucket } from "../shared/partition.ts";
import { divide } from "./divide.ts";
import { type EventDeps, undeliveredEvents } from "./events.ts";
import { pushToMembers } from "./fan-out.ts";
import { type PublishDeps, publishApart } from "./publish.ts";
import { type PushDeps, withFrameIds } from "./push.ts";
import type { EntryReader } from "./read-entries.ts";
import { removedMembers } from "./removed-members.ts";

export interface DeliverShardDeps extends PushDeps, EventDeps, PublishDeps {
  readonly log: ConversationLog;
  readonly inbox: Pick<Inbox, "rows">;
}

/** Members one delivery covers; the rest become deliveries of their own. */
const SHARD_MEMBERS = 250;
/** Rows read at once to divide the rest: about 400 KB. */
const LOOK_AHEAD = 2_500;

/**
 * Time budget for posting; posts that hang become deliveries of their own. It is three times what a batch of full
 * shards needs (docs/cost.md, "Large groups"), and not more, because other shards may wait for this function to be
 * free.
 */
const SHARD_BUDGET_MS = 1_500;

/**
 * Pushes entries to one shard of the members of a large group, and to those of the shard who were removed since. The
 * rows count for the entries only if no membership changed between the two reads: so nobody is shown what was made of
 * an entry after they left, and nobody who leaves meanwhile is forgotten.
 */
export async function deliverShard(
  deps: DeliverShardDeps,
  delivery: ShardDelivery,
  reader: EntryReader,
  signal: AbortSignal,
): Promise<void> {
  const { conversation, head, seqs, fromBucket, toBucket, after, until } = delivery;
  const bounds = { fromBucket, toBucket, after, until, limit: SHARD_MEMBERS };
  let page = await deps.log.members(conversation, bounds, signal);
  let current = await reader.reopen(conversation);
  const read = await reader.read(conversation, seqs);
  if (current?.membersVersion !== head.membersVersion) {
    // Ranges are read after the entries, and the head after the ranges.
    page = await deps.log.members(conversation, bounds, signal);
    current = await reader.reopen(conversation);
  }
  // Published before pushing, so that both run in parallel.
  if (page.next !== undefined)
    await deps.outbound.publish(await divided(deps, delivery, page.next, signal), signal);

  if (read === undefined || current === undefined) return;
  // The first page tells those who have no row in any page.
  const removed =
    after === undefined
      ? await removedFrom(deps, delivery, reader, { page, lastSeq: current.lastSeq }, signal)
      : [];
  const fanOut = {
    conversation,
    head,
    members: [...page.members, ...removed],
    entries: read.entries,
    acknowledged: new Map(delivery.acknowledged.map((ack) => [ack.connection, new Set(ack.seqs)])),
  };
  const { left, offline } = await pushToMembers(deps, fanOut, SHARD_BUDGET_MS, signal);
  const deliveries = withFrameIds(delivery.frames ?? [], left);
  await publishApart(
    deps,
    { deliveries, events: async () => undeliveredEvents(deps, fanOut, offline) },
    signal,
  );
}

/** Returns the users of a shard who have no row in its page, because they were removed since the first entry. */
async function removedFrom(
  { inbox }: DeliverShardDeps,
  { conversation, seqs, fromBucket, toBucket }: ShardDelivery,
  reader: EntryReader,
  { page, lastSeq }: { page: MemberPage; lastSeq: number },
  signal: AbortSignal,
): Promise<Member[]> {
  const present = new Set(page.members.map(({ user }) => user));
  const inShard = (user: string) => memberBucket(user) >= fromBucket && memberBucket(user) <= toBucket;
  const removals = {
    conversation,
    within: [seqs[0] ?? 1, lastSeq] as const,
    read: async (wanted: readonly number[]) => (await reader.read(conversation, wanted))?.entries ?? [],
    concerns: (user: string) => inShard(user) && !present.has(user),
  };
  return removedMembers(inbox, removals, signal);
}

/**
 * Divides the members of a shard after one of them into deliveries that are published at once. If each published the
 * next one, Lambda would stop the chain after about 16 as a loop.
 */
async function divided(
  { log }: DeliverShardDeps,
  delivery: ShardDelivery,
  after: string,
  signal: AbortSignal,
): Promise<ShardDelivery[]> {
  const { conversation, fromBucket, toBucket, until } = delivery;
  const readAfter = async (from: string) => {
    const bounds = { fromBucket, toBucket, after: from, until, limit: LOOK_AHEAD };
    const { members, next } = await log.members(conversation, bounds, signal);
    return { names: members.map(({ user }) => user), next };
  };
  const parts = await divide(after, until, SHARD_MEMBERS, readAfter);
  return parts.map((part) => ({ ...delivery, ...part }));
}
