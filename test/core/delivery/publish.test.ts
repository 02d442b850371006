import { expect, test } from "vitest";
import { publishApart, unpublished } from "../../../functions/core/delivery/publish.ts";
import type { ChatEvent } from "../../../functions/ports/events.ts";
import type { Delivery, OutboundTopic } from "../../../functions/ports/topics.ts";
import { MemoryMetrics, silent } from "../../support/memory-ports.ts";

const signal = new AbortController().signal;
const event: ChatEvent = {
  type: "message.committed",
  conversation: "c",
  kind: "direct",
  epoch: 1,
  entries: [{ seq: 1, id: "e", sender: "alice", kind: "text", body: { text: "secret" }, sentAtMs: 1 }],
};
const delivery: Delivery = { type: "deliver.entries", targets: [], conversation: "c", epoch: 1, seqs: [1] };

function setUp(topic: Partial<OutboundTopic>) {
  const published: string[] = [];
  const errors: unknown[] = [];
  const metrics = new MemoryMetrics();
  const outbound: OutboundTopic = {
    publish: async (deliveries) => void published.push(...deliveries.map(({ type }) => type)),
    announce: async () => [],
    ...topic,
  };
  const logger = { ...silent, error: (...line: unknown[]) => void errors.push(line) };
  const publish = () => publishApart({ outbound, logger, metrics }, unpublished([event, delivery]), signal);
  return { publish, published, errors, metrics };
}

test("a delivery does not wait for an event", async () => {
  const { promise: never } = Promise.withResolvers<never>();
  const { publish, published } = setUp({ announce: () => never });
  void publish();
  await new Promise((resolve) => setImmediate(resolve));
  expect(published).toEqual(["deliver.entries"]);
});

test("an event that the topic refuses is logged without its text, and counted, and fails nothing", async () => {
  const { publish, published, errors, metrics } = setUp({
    announce: async () => [{ event, reason: "InvalidParameterException" }],
  });
  expect(await publish()).toBe(1);
  expect(published).toEqual(["deliver.entries"]);
  expect(metrics.counts).toEqual({ EventsRefused: 1 });
  expect(errors).toEqual([
    [
      expect.any(String),
      { type: "message.committed", conversation: "c", reason: "InvalidParameterException" },
    ],
  ]);
  expect(JSON.stringify(errors)).not.toContain("secret");
});

test("events that could not be published are an error once the deliveries are published", async () => {
  const failing = setUp({ announce: () => Promise.reject(new Error("throttled")) });
  await expect(failing.publish()).rejects.toThrow("throttled");
  expect(failing.published).toEqual(["deliver.entries"]);
});
