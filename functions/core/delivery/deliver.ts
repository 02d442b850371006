import pMap from "p-map";
import * as v from "valibot";
import { SERVER_FRAMES } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import { PresenceDelivery } from "../../ports/presence-topic.ts";
import type { Delivery, EntriesDelivery, OutboundTopic, ReceiptDelivery } from "../../ports/topics.ts";
import { errorName } from "../shared/error-name.ts";
import { type RetriedRecord, type RetryDeps, retryAfter, retrySoon } from "../shared/retry-records.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import { deliverShard } from "./deliver-shard.ts";
import { entriesPushes } from "./entries-pushes.ts";
import type { EventDeps } from "./events.ts";
import { deliverFirstWords } from "./first-words.ts";
import { mergedByConnection } from "./left-entries.ts";
import { type NotifyDeps, notifyWatchers } from "./notify-watchers.ts";
import { pushAll, withFrameIds } from "./push.ts";
import { EntryReader } from "./read-entries.ts";

export interface DeliverDeps extends NotifyDeps, EventDeps, RetryDeps {
  readonly log: ConversationLog;
  readonly outbound: OutboundTopic;
  readonly pushReceipt: (delivery: ReceiptDelivery, signal: AbortSignal) => Promise<void>;
}

const Target = v.object({ user: v.string(), connection: v.string(), connectedAtMs: v.optional(v.number()) });

/** Absent in records from earlier deployments. */
const FrameIds = v.optional(v.array(v.string()));

const Seqs = v.array(v.number());

const entriesFields = {
  type: v.literal("deliver.entries"),
  conversation: v.string(),
  epoch: v.number(),
  seqs: Seqs,
  frames: FrameIds,
};

const DeliverySchema: v.GenericSchema<unknown, Delivery> = v.union([
  v.object({ ...entriesFields, targets: v.array(Target), joined: v.optional(v.boolean()) }),
  // Records from earlier deployments.
  v.pipe(
    v.object({ ...entriesFields, target: Target }),
    v.transform(({ target, ...delivery }) => ({ ...delivery, targets: [target] })),
  ),
  v.pipe(
    v.object({
      type: v.literal("deliver.answer"),
      frames: FrameIds,
      target: Target,
      frame: SERVER_FRAMES.joined,
    }),
    v.transform(({ target, frame: { conversation, epoch }, frames }) => ({
      ...{ type: "deliver.entries" as const, targets: [target], conversation, epoch, frames },
      ...{ seqs: [], joined: true },
    })),
  ),
  v.object({
    type: v.literal("deliver.answer"),
    frames: FrameIds,
    target: Target,
    frame: v.variant("type", [SERVER_FRAMES.ack, SERVER_FRAMES.reject, SERVER_FRAMES.reply]),
  }),
  v.object({
    type: v.literal("deliver.notice"),
    frames: FrameIds,
    target: Target,
    frame: SERVER_FRAMES.presence,
  }),
  // Records from earlier deployments.
  v.pipe(
    v.object({
      type: v.literal("deliver.answer"),
      frames: FrameIds,
      target: Target,
      frame: SERVER_FRAMES.presence,
    }),
    v.transform((delivery) => ({ ...delivery, type: "deliver.notice" as const })),
  ),
  v.object({
    type: v.literal("deliver.receipt"),
    user: v.string(),
    conversation: v.string(),
    connection: v.string(),
    frames: FrameIds,
  }),
  v.object({
    type: v.literal("deliver.shard"),
    conversation: v.string(),
    head: v.object({
      kind: v.picklist(["direct", "group"]),
      title: v.optional(v.string()),
      epoch: v.number(),
      lastSeq: v.number(),
      membersVersion: v.optional(v.number()),
    }),
    seqs: Seqs,
    fromBucket: v.number(),
    toBucket: v.number(),
    after: v.optional(v.string()),
    until: v.optional(v.string()),
    frames: FrameIds,
    acknowledged: v.array(v.object({ connection: v.string(), seqs: v.array(v.number()) })),
  }),
  v.object({
    type: v.literal("deliver.first-words"),
    frames: FrameIds,
    conversation: v.string(),
    user: v.string(),
  }),
]);

const RecordBody = v.pipe(v.string(), v.parseJson(), v.union([DeliverySchema, PresenceDelivery]));

/** One record of the outbound queue, or of the queue of notices. */
export interface OutboundRecord extends RetriedRecord {
  readonly id: string;
  readonly body: string;
}

/** Deadline of the work; the function's own timeout is 15 s. */
const DELIVER_DEADLINE_MS = 10_000;

/** Time budget of one post: a connection that hangs holds the function, and delays those that wait for a free one. */
const POST_BUDGET_MS = 1_000;

/** Delay of a receipt that came too fast. */
const RECEIPT_DELAY_SECONDS = 1;

/**
 * Pushes what `commit` could not, and notifies watchers of presence; all records in parallel. Returns the ids of
 * records to retry: those with a temporary failure, and those that are no delivery at all, which end in the
 * dead-letter queue.
 */
export async function deliverBatch(deps: DeliverDeps, records: readonly OutboundRecord[]): Promise<string[]> {
  const signal = AbortSignal.timeout(DELIVER_DEADLINE_MS);
  const reader = new EntryReader(deps, signal);
  const done = await pMap(records, async (record) => ({
    record,
    outcome: await deliverRecord(deps, record, reader, signal),
  }));
  const having = (wanted: Outcome) =>
    done.filter(({ outcome }) => outcome === wanted).map(({ record }) => record);
  const [failed, early] = [having("failed"), having("early")];
  await Promise.all([retrySoon(deps, failed), putOff(deps, early)]);
  return [...failed, ...early].map(({ id }) => id);
}

type Outcome = "done" | "failed" | "early";

async function putOff(deps: DeliverDeps, records: readonly OutboundRecord[]): Promise<void> {
  if (records.length > 0) await retryAfter(deps, records, RECEIPT_DELAY_SECONDS);
}

async function deliverRecord(
  deps: DeliverDeps,
  { id, body, receiveCount }: OutboundRecord,
  reader: EntryReader,
  signal: AbortSignal,
): Promise<Outcome> {
  const parsed = v.safeParse(RecordBody, body);
  if (!parsed.success) {
    deps.logger.error("a record that is no delivery", { record: id });
    return "failed";
  }
  const delivery = parsed.output;
  // Until a second has passed since the receipt was left, others are not left, because this one covers them. The queue
  // measures that second, as clocks differ.
  if (delivery.type === "deliver.receipt" && receiveCount === 1) return "early";
  const frames = "frames" in delivery ? delivery.frames : undefined;
  return deps.logger.about({ record: id, ...(frames && { frames }) }, async () => {
    try {
      return (await pushDelivery(deps, delivery, reader, signal)) ? "done" : "failed";
    } catch (error) {
      deps.logger.error("a delivery failed", { type: delivery.type, error: errorName(error) });
      return "failed";
    }
  });
}

/** Returns true if nothing is left to push, or is a record of its own. */
async function pushDelivery(
  deps: DeliverDeps,
  delivery: Delivery | PresenceDelivery,
  reader: EntryReader,
  signal: AbortSignal,
): Promise<boolean> {
  switch (delivery.type) {
    case "deliver.shard":
      await deliverShard(deps, delivery, reader, signal);
      return true;
    case "deliver.entries":
      return deliverEntries(withPostBudget(deps), delivery, reader, signal);
    case "deliver.answer":
    case "deliver.notice": {
      const { target, frame } = delivery;
      const pushes = [{ frame, delivery }];
      return (await pushAll(withPostBudget(deps), [{ target, pushes }], signal)).length === 0;
    }
    case "deliver.receipt":
      await deps.pushReceipt(delivery, signal);
      return true;
    case "deliver.first-words":
      await deliverFirstWords(deps, delivery, signal);
      return true;
    default:
      await notifyWatchers(withPostBudget(deps), delivery, signal);
      return true;
  }
}

/**
 * Pushes entries to some connections. Rows are read after the entries, so that nobody is shown what was made of them
 * after they left. If some connections were reached, the others become records of their own, so that nobody gets
 * everything again and again because of another's connection.
 */
async function deliverEntries(
  deps: DeliverDeps,
  delivery: EntriesDelivery,
  reader: EntryReader,
  signal: AbortSignal,
): Promise<boolean> {
  const { targets, conversation, epoch, seqs, joined = false, frames = [] } = delivery;
  const read = await reader.read(conversation, seqs);
  if (read === undefined) return true;
  const rows = await deps.inbox.rows(
    targets.map(({ user }) => ({ user, conversation })),
    signal,
  );
  const pushes = targets.map((target, index) => {
    const { ranges = [], peer } = rows[index] ?? {};
    const content = { conversation, epoch, ...read };
    return { target, pushes: entriesPushes(target, { ranges, peer }, content, joined) };
  });
  const left = mergedByConnection(await pushAll(deps, pushes, signal));
  if (left.length === 0) return true;
  if (left.length === targets.length) return false;
  await deps.outbound.publish(withFrameIds(frames, left), signal);
  return true;
}

/** Limits each post, so that a connection that hangs does not hold up the record. */
function withPostBudget(deps: DeliverDeps): DeliverDeps {
  const { connections } = deps;
  return {
    ...deps,
    connections: {
      post: (connection, frame, signal) =>
        connections.post(connection, frame, withTimeout(POST_BUDGET_MS, signal)),
      close: (connection, signal) => connections.close(connection, signal),
    },
  };
}
