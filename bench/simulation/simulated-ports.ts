import type { SNSClient } from "@aws-sdk/client-sns";
import { itemBytes } from "../../functions/adapters/dynamodb/item-bytes.ts";
import { headItem, type Item, segmentItem } from "../../functions/adapters/dynamodb/items.ts";
import { SnsOutboundTopic } from "../../functions/adapters/sns/topics.ts";
import { HEAD_BYTES } from "../../functions/core/commit/head-write.ts";
import type { Connections, PostOutcome } from "../../functions/ports/connections.ts";
import type { Conversation, ConversationLog, Head } from "../../functions/ports/conversation-log.ts";
import type { Lease, Leases } from "../../functions/ports/leases.ts";
import type { ServerFrame } from "../../protocol/index.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  type MemoryStore,
  noMetrics,
  silent,
} from "../../test/support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches } from "../../test/support/memory-presence.ts";
import type { VirtualClock } from "./clock.ts";
import type { Gateway } from "./gateway.ts";
import type { Environment } from "./lambda.ts";
import type { Meter } from "./meter.ts";
import { logNormal } from "./seeded-random.ts";
import { SERVICES } from "./services.ts";

export interface SimulatedServices {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly meter: Meter;
  readonly random: () => number;
  readonly gateway: Gateway;
}

/** Members beyond which a group is read row by row, as in functions/adapters/dynamodb/conversation-log.ts. */
const SMALL_GROUP_ROWS = 128;
/** DynamoDB's maximum number of keys in a BatchGetItem. */
const KEYS_PER_REQUEST = 100;

/** Simulates a call: the environment computes, then the service answers, unless the signal aborts. */
async function call(
  { clock, meter }: SimulatedServices,
  environment: Environment,
  request: { name: string; ms: number; items?: number },
  signal: AbortSignal,
): Promise<void> {
  meter.count(request.name);
  signal.throwIfAborted();
  await environment.compute(SERVICES.cpuPerCallMs + (request.items ?? 0) * SERVICES.cpuPerItemMs);
  await clock.sleep(request.ms, signal);
}

const readUnitsFor = (bytes: number) => Math.max(1, Math.ceil(bytes / SERVICES.readUnitBytes));

const writeUnitsFor = (item: Item) => Math.ceil(itemBytes(item) / SERVICES.writeUnitBytes);
const storedBytes = (conversation: string, head: Head) => itemBytes(headItem(conversation, head));

async function batchGet(
  services: SimulatedServices,
  environment: Environment,
  keys: number,
  signal: AbortSignal,
) {
  const chunks = Array.from({ length: Math.ceil(keys / KEYS_PER_REQUEST) }, (_, index) =>
    Math.min(KEYS_PER_REQUEST, keys - index * KEYS_PER_REQUEST),
  );
  services.meter.readUnits += keys;
  const ms = SERVICES.dynamoQueryMs;
  await Promise.all(
    chunks.map((items) => call(services, environment, { name: "BatchGetItem", ms, items }, signal)),
  );
}

/** Returns a log in memory whose methods take the time and the calls of functions/adapters/dynamodb/conversation-log.ts. */
export function simulatedLog(services: SimulatedServices, environment: Environment): ConversationLog {
  const { meter, store } = services;
  const memory = new MemoryLog(store, undefined, undefined, SMALL_GROUP_ROWS);
  const query = (items: number, signal: AbortSignal) => {
    meter.readUnits += readUnitsFor(items * SERVICES.memberRowBytes);
    return call(services, environment, { name: "Query", ms: SERVICES.dynamoQueryMs, items }, signal);
  };
  const single = (name: string, signal: AbortSignal) =>
    call(services, environment, { name, ms: SERVICES.dynamoSingleMs }, signal);

  async function read(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined> {
    const rows = store.members.get(conversation)?.size ?? 0;
    const isLarge = rows > SMALL_GROUP_ROWS;
    if (!environment.largeConversations.has(conversation)) {
      await query(Math.min(rows, SMALL_GROUP_ROWS + 1) + 1, signal);
    }
    if (isLarge) {
      environment.largeConversations.add(conversation);
      meter.readUnits += 1;
      await single("GetItem", signal);
      await batchGet(services, environment, new Set(users).size, signal);
    }
    return memory.read(conversation, users);
  }

  return {
    read,
    async members(conversation, page, signal) {
      const result = await memory.members(conversation, page);
      await query(result.members.length, signal);
      return result;
    },
    async readForward(conversation, range, signal) {
      const page = await memory.readForward(conversation, range);
      await query(page.segments.length, signal);
      const startsThere = page.segments[0]?.entries[0]?.seq === range.fromSeq;
      if (range.fromSeq !== 1 && !startsThere) await query(1, signal);
      return page;
    },
    async readBackward(conversation, range, signal) {
      const page = await memory.readBackward(conversation, range);
      await query(page.segments.length, signal);
      return page;
    },
    async flush(conversation, segment, signal) {
      meter.writeUnits += writeUnitsFor(segmentItem(conversation, segment));
      await single("PutItem", signal);
      return memory.flush(conversation, segment);
    },
    storedBytes,
    async update(conversation, before, after, signal) {
      // Billed by the larger of the two.
      const units = [before, after].map((head) => writeUnitsFor(headItem(conversation, head)));
      meter.writeUnits += Math.max(...units);
      await single("UpdateItem", signal);
      return memory.update(conversation, before, after);
    },
    async change(conversation, change, signal) {
      const { after, segments, members } = change;
      const items = [
        headItem(conversation, after),
        ...segments.map((segment) => segmentItem(conversation, segment)),
      ];
      // A member also has an inbox row.
      const units = items.map(writeUnitsFor).reduce((sum, one) => sum + one, 2 * members.length);
      meter.writeUnits += 2 * units;
      const ms = SERVICES.dynamoTransactionMs;
      await call(services, environment, { name: "TransactWriteItems", ms }, signal);
      return memory.change(conversation, change);
    },
    async announced(conversation, seq, signal) {
      meter.writeUnits += 1;
      await single("UpdateItem", signal);
      return memory.announced(conversation, seq);
    },
    mute: (conversation, user, muted) => memory.mute(conversation, user, muted),
  };
}

/** Returns what `commit` and `deliver` need besides their ports: neither takes time nor is counted. */
export function unmeteredDeps({ clock, store }: SimulatedServices) {
  return {
    inbox: new MemoryInbox(store),
    watches: new MemoryWatches(),
    presence: new MemoryPresenceTopic(),
    faultOf: () => undefined,
    pushReceipt: async () => undefined,
    epochFloor: 1,
    retentionSeconds: undefined,
    headBytes: HEAD_BYTES,
    events: new Set<never>(),
    now: clock.now,
    logger: silent,
    metrics: noMetrics,
  };
}

/** Returns leases in memory, with the methods that pushing needs. */
export function simulatedLeases(services: SimulatedServices, environment: Environment): Leases {
  const memory = new MemoryLeases(services.store);
  const update = (signal: AbortSignal) => {
    services.meter.writeUnits += 1;
    return call(services, environment, { name: "UpdateItem", ms: SERVICES.dynamoSingleMs }, signal);
  };
  return Object.assign(new MemoryLeases(services.store), {
    async put(user: string, lease: Lease, nowMs: number, signal: AbortSignal) {
      await update(signal);
      return memory.put(user, lease, nowMs);
    },
    async remove(user: string, connection: string, nowMs: number, signal: AbortSignal) {
      await update(signal);
      return memory.remove(user, connection, nowMs);
    },
    async read(users: readonly string[], signal: AbortSignal) {
      await batchGet(services, environment, users.length, signal);
      return memory.read(users);
    },
  });
}

/** Returns the real adapter on a simulated SNS client that passes the messages to `arrive`. */
export function simulatedOutboundTopic(
  services: SimulatedServices,
  environment: Environment,
  arrive: (body: string) => void,
): SnsOutboundTopic {
  const send = async (
    { input }: { input: { PublishBatchRequestEntries: readonly { Message: string }[] } },
    { abortSignal }: { abortSignal: AbortSignal },
  ) => {
    const { clock, meter, random } = services;
    const messages = input.PublishBatchRequestEntries;
    const about = { name: "PublishBatch", ms: SERVICES.snsPublishMs, items: messages.length };
    await call(services, environment, about, abortSignal);
    meter.published += messages.length;
    for (const { Message } of messages) {
      const hopMs = logNormal(SERVICES.hopMedianMs, SERVICES.hopSpread, random);
      clock.at(clock.now() + hopMs, () => arrive(Message));
    }
    return {};
  };
  return new SnsOutboundTopic({ send } as unknown as SNSClient, "arn:aws:sns:simulated");
}

/** Simulates functions/adapters/api-gateway/connections.ts with the timeout of its client, which tries once. */
export function simulatedConnections(services: SimulatedServices, environment: Environment): Connections {
  const { clock, meter, random, gateway } = services;

  async function attempt(connection: string, frame: ServerFrame, signal: AbortSignal): Promise<PostOutcome> {
    meter.count("PostToConnection");
    await environment.compute(SERVICES.cpuPerCallMs);
    signal.throwIfAborted();
    const socket = gateway.sockets.get(connection) ?? "live";
    if (socket === "hanging") {
      try {
        await clock.sleep(SERVICES.postTimeoutMs, signal);
      } finally {
        gateway.timedOutAtMs.push(clock.now());
      }
      return "retry";
    }
    const isTaken = gateway.tryTake(clock.now());
    await clock.sleep(logNormal(SERVICES.postMedianMs, SERVICES.postSpread, random), signal);
    if (!isTaken) return "retry";
    if (socket === "dead") return "gone";
    gateway.deliver({ connection, frame, atMs: clock.now() });
    return "sent";
  }

  async function post(connection: string, frame: ServerFrame, signal: AbortSignal): Promise<PostOutcome> {
    try {
      signal.throwIfAborted();
      return await environment.withSocket(() => attempt(connection, frame, signal));
    } catch (error) {
      if (signal.aborted) return "retry";
      throw error;
    }
  }

  return { post, close: () => Promise.resolve() };
}
