import type { PublishBatchCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { SnsOutboundTopic } from "../../../../functions/adapters/sns/topics.ts";
import type { ChatEvent } from "../../../../functions/ports/events.ts";
import type { EntriesDelivery } from "../../../../functions/ports/topics.ts";

const deliveries = (count: number) =>
  Array.from(
    { length: count },
    (_, index): EntriesDelivery => ({
      type: "deliver.entries",
      targets: [{ user: "bob", connection: `c${index}` }],
      conversation: "g",
      epoch: 1,
      seqs: [1],
    }),
  );

test.for([
  [50, 5],
  [1_000, 10],
])("%i deliveries are published in batches, %i of them at the same time", async ([count = 0, together]) => {
  const waiting: (() => void)[] = [];
  const send = () => new Promise((resolve) => waiting.push(() => resolve({})));
  const topic = new SnsOutboundTopic({ send } as unknown as SNSClient, "arn");
  const published = topic.publish(deliveries(count), new AbortController().signal);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await turn();
  let sent = 0;
  while (waiting.length > 0) {
    expect(waiting.length).toBeLessThanOrEqual(together ?? 0);
    if (sent === 0) expect(waiting.length).toBe(together);
    sent += 1;
    waiting.shift()?.();
    await turn();
  }
  await published;
  expect(sent).toBe(count / 10);
});

const MAX_BYTES = 262_144;

/** An event whose message on the topic has this size, its two attributes included. */
function eventOf(bytes: number): ChatEvent {
  const event = (text: string): ChatEvent => ({
    type: "message.refused",
    conversation: "c",
    sender: text,
    ids: [],
    code: "",
  });
  const attributes = ["type", "String", "message.refused", "conversation", "String", "c"].join("").length;
  return event("x".repeat(bytes - attributes - JSON.stringify(event("")).length));
}

/** Publishes messages to a topic that takes everything. Returns the sizes of the batches it was sent. */
async function publishAll(messages: readonly ChatEvent[]) {
  const batches: number[] = [];
  const client = {
    async send({ input }: PublishBatchCommand) {
      batches.push(input.PublishBatchRequestEntries?.length ?? 0);
      return {};
    },
  };
  const topic = new SnsOutboundTopic(client as unknown as SNSClient, "arn");
  const error = await topic.publish(messages, new AbortController().signal).catch((reason: Error) => reason);
  return { batches, error };
}

test("a batch is filled to 256 KiB with its attributes, and not beyond", async () => {
  const [half, more] = [eventOf(MAX_BYTES / 2), eventOf(MAX_BYTES / 2 + 1)];
  expect(await publishAll([half, half])).toEqual({ batches: [2], error: undefined });
  expect(await publishAll([half, more])).toEqual({ batches: [1, 1], error: undefined });
  expect(await publishAll([eventOf(MAX_BYTES)])).toEqual({ batches: [1], error: undefined });
});

test("of messages of which one is too large, the others are published; the error names type and size", async () => {
  const { batches, error } = await publishAll([eventOf(1_000), eventOf(MAX_BYTES + 1), eventOf(1_000)]);
  expect(batches).toEqual([2]);
  expect(error).toMatchObject({
    name: "MessageTooLarge",
    message: "a message.refused message has 262145 bytes, and SNS takes 262144",
  });
});
