import { expect, test } from "vitest";
import { deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import { utf8Bytes } from "../../../protocol/index.ts";
import { published } from "../../support/frames.ts";
import { MemoryWatches } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";
import { CountedReads } from "../support/counting-ports.ts";
import { CONVERSATION } from "../support/logs.ts";
import { groupConversation } from "../support/planning.ts";

const MEMBERS = 100;
const DEVICES = 2;
const FRAMES = 10;
const ENTRY_BYTES = 24_000;
/** The sender has no other device, so nothing of theirs is left. */
const CONNECTIONS = (MEMBERS - 1) * DEVICES;

const users = Array.from({ length: MEMBERS - 1 }, (_, index) => `user-${index}`);
const isDelivery = (message: { type: string }): message is Delivery => message.type.startsWith("deliver.");

/** A group of 100 with two devices each, whose every push is throttled, and ten frames of one large entry. */
async function commitThrottled() {
  const world = new CommitWorld();
  world.put(CONVERSATION, groupConversation(1, users));
  for (const user of users) {
    for (let device = 1; device <= DEVICES; device++) await world.connect(user, `${user}-${device}`);
  }
  world.around = async (name, work) => (name === "connections.post" ? "retry" : work());
  const frames = Array.from({ length: FRAMES }, (_, index) =>
    published({
      conversation: CONVERSATION,
      to: undefined,
      entries: [{ id: `large-${index}`, kind: "x.data", body: { data: "x".repeat(ENTRY_BYTES) } }],
      frame: `frame-${index}`,
    }),
  );
  expect(await world.commit(frames)).toEqual([]);
  const deliveries = world.outbound.filter(isDelivery).filter(({ type }) => type === "deliver.entries");
  world.around = (_, work) => work();
  return { world, deliveries };
}

test("pushes that are throttled become one message for 25 connections, not one for each connection and frame", async () => {
  const { deliveries } = await commitThrottled();
  expect(deliveries).toHaveLength(Math.ceil(CONNECTIONS / 25));
  const connections = deliveries.flatMap((delivery) =>
    delivery.type === "deliver.entries" ? delivery.targets.map(({ connection }) => connection) : [],
  );
  expect(new Set(connections).size).toBe(CONNECTIONS);
  expect(connections).toHaveLength(CONNECTIONS);
  for (const delivery of deliveries) expect(delivery).toMatchObject({ seqs: { length: FRAMES } });
  for (const delivery of deliveries) expect(utf8Bytes(JSON.stringify(delivery))).toBeLessThan(10_000);
});

test("what was throttled is read once for 25 connections, and once for all records of a batch", async () => {
  const { world, deliveries } = await commitThrottled();
  const logBytes = utf8Bytes(JSON.stringify(world.store.entries(CONVERSATION)));
  const deliverIn = async (batchSize: number) => {
    const reads = new CountedReads(world.store);
    world.forgetCalls();
    const deps = { ...world.deps, log: reads.log, inbox: reads.inbox, watches: new MemoryWatches() };
    for (let first = 0; first < deliveries.length; first += batchSize) {
      const records = deliveries.slice(first, first + batchSize).map((delivery, index) => ({
        id: `${index}`,
        receiptHandle: "h",
        receiveCount: 1,
        body: JSON.stringify(delivery),
      }));
      expect(await deliverBatch(deps, records)).toEqual([]);
    }
    expect(world.posted).toHaveLength(CONNECTIONS * FRAMES);
    return reads.logBytes + reads.headBytes;
  };
  expect(await deliverIn(1)).toBeLessThan(deliveries.length * 1.1 * logBytes);
  expect(await deliverIn(deliveries.length)).toBeLessThan(1.1 * logBytes);
});
