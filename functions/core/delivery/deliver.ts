import pMap from "p-map";
import * as v from "valibot";
import { SERVER_FRAMES } from "../../../protocol/index.ts";
import type { ConversationLog } from "../../ports/conversation-log.ts";
import { PresenceDelivery } from "../../ports/presence-topic.ts";
import type { ConnectionDelivery, Delivery, OutboundTopic } from "../../ports/topics.ts";
import { errorName } from "../shared/error-name.ts";
import { type RetriedRecord, type RetryDeps, retrySoon } from "../shared/retry-records.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import { deliverShard } from "./deliver-shard.ts";
import type { EventDeps } from "./events.ts";
import { entriesPushes } from "./fan-out.ts";
import { type NotifyDeps, notifyWatchers } from "./notify-watchers.ts";
import { type Push, pushAll } from "./push.ts";
import { readEntries } from "./read-entries.ts";

export interface DeliverDeps extends NotifyDeps, EventDeps, RetryDeps {
  readonly log: ConversationLog;
  readonly outbound: OutboundTopic;
}

const Target = v.object({ user: v.string(), connection: v.string(), connectedAtMs: v.optional(v.number()) });

/** Absent in records from earlier deployments. */
const FrameIds = v.optional(v.array(v.string()));

const Seqs = v.pipe(v.array(v.number()), v.minLength(1));

const DeliverySchema: v.GenericSchema<unknown, Delivery> = v.variant("type", [
  v.object({
    type: v.literal("deliver.entries"),
    target: Target,
    conversation: v.string(),
    epoch: v.number(),
    seqs: Seqs,
    frames: FrameIds,
  }),
  v.object({
    type: v.literal("deliver.answer"),
    frames: FrameIds,
    target: Target,
    frame: v.variant("type", [
      SERVER_FRAMES.ack,
      SERVER_FRAMES.reject,
      SERVER_FRAMES.reply,
      SERVER_FRAMES.joined,
      SERVER_FRAMES.presence,
    ]),
  }),
  v.object({
    type: v.literal("deliver.shard"),
    conversation: v.string(),
    head: v.object({
      kind: v.picklist(["direct", "group"]),
      title: v.optional(v.string()),
      epoch: v.number(),
      lastSeq: v.number(),
    }),
    seqs: Seqs,
    fromBucket: v.number(),
    toBucket: v.number(),
    after: v.optional(v.string()),
    frames: FrameIds,
    acknowledged: v.array(v.object({ connection: v.string(), seqs: v.array(v.number()) })),
  }),
]);

const RecordBody = v.pipe(v.string(), v.parseJson(), v.union([DeliverySchema, PresenceDelivery]));

/** One record of the outbound queue. */
export interface OutboundRecord extends RetriedRecord {
  readonly id: string;
  readonly body: string;
}

/** Deadline of the work; the function's own timeout is 15 s. */
const DELIVER_DEADLINE_MS = 10_000;

/**
 * Time budget for one connection. A connection that hangs would otherwise hold the function for three timeouts of the
 * SDK, and delay the connections that wait for a free one.
 */
const CONNECTION_BUDGET_MS = 1_000;

/**
 * Pushes what `commit` could not, and notifies watchers of presence; all records in parallel. Returns the ids of
 * records to retry: those with a temporary failure, and those that are no delivery at all, which end in the
 * dead-letter queue.
 */
export async function deliverBatch(deps: DeliverDeps, records: readonly OutboundRecord[]): Promise<string[]> {
  const signal = AbortSignal.timeout(DELIVER_DEADLINE_MS);
  const done = await pMap(records, async (record) => ({
    record,
    ok: await deliverRecord(deps, record, signal),
  }));
  const failed = done.filter(({ ok }) => !ok).map(({ record }) => record);
  await retrySoon(deps, failed);
  return failed.map(({ id }) => id);
}

async function deliverRecord(
  deps: DeliverDeps,
  { id, body }: OutboundRecord,
  signal: AbortSignal,
): Promise<boolean> {
  const parsed = v.safeParse(RecordBody, body);
  if (!parsed.success) {
    deps.logger.error("a record that is no delivery", { record: id });
    return false;
  }
  const delivery = parsed.output;
  const frames = "frames" in delivery ? delivery.frames : undefined;
  return deps.logger.about({ record: id, ...(frames && { frames }) }, async () => {
    try {
      return await pushDelivery(deps, delivery, signal);
    } catch (error) {
      deps.logger.error("a delivery failed", { type: delivery.type, error: errorName(error) });
      return false;
    }
  });
}

/** Returns true if nothing is left to push. */
async function pushDelivery(
  deps: DeliverDeps,
  delivery: Delivery | PresenceDelivery,
  signal: AbortSignal,
): Promise<boolean> {
  if (delivery.type === "deliver.shard") {
    await deliverShard(deps, delivery, signal);
    return true;
  }
  if (!("target" in delivery)) {
    await notifyWatchers(deps, delivery, signal);
    return true;
  }
  const { target } = delivery;
  const pushes = await pushesOf(deps, delivery, signal);
  const remaining = await pushAll(deps, [{ target, pushes }], withTimeout(CONNECTION_BUDGET_MS, signal));
  return remaining.length === 0;
}

async function pushesOf(
  deps: DeliverDeps,
  delivery: ConnectionDelivery,
  signal: AbortSignal,
): Promise<Push[]> {
  if (delivery.type === "deliver.answer") return [{ frame: delivery.frame, delivery }];
  const { target, conversation, epoch, seqs } = delivery;
  return entriesPushes(target, conversation, epoch, await readEntries(deps, conversation, seqs, signal));
}
