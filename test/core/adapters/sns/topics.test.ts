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
const ATTRIBUTES = ["type", "String", "message.refused", "conversation", "String", "c"].join("").length;

/** An event whose message on the topic has this size, its two attributes included. */
function eventOf(bytes: number): ChatEvent {
  const event = (text: string): ChatEvent => ({
    type: "message.refused",
    conversation: "c",
    sender: text,
    ids: [],
    code: "",
    temporary: false,
  });
  return event("x".repeat(bytes - ATTRIBUTES - JSON.stringify(event("")).length));
}

type Sent = NonNullable<PublishBatchCommand["input"]["PublishBatchRequestEntries"]>;
type Answer = (sent: Sent) => { Failed?: { Id: string; SenderFault: boolean; Code: string }[] };

/** A topic that answers batches like this; and the sizes of the batches. */
function topicThat(answer: Answer) {
  const batches: number[] = [];
  const client = {
    async send({ input }: PublishBatchCommand) {
      const sent = input.PublishBatchRequestEntries ?? [];
      batches.push(sent.length);
      return answer(sent);
    },
  };
  return { topic: new SnsOutboundTopic(client as unknown as SNSClient, "arn"), batches };
}

const signal = new AbortController().signal;
const named = (name: string) => Object.assign(new Error(), { name });

test("a batch is filled to 256 KiB with its attributes, and not beyond", async () => {
  const announced = async (...events: ChatEvent[]) => {
    const { topic, batches } = topicThat(() => ({}));
    expect(await topic.announce(events, signal)).toEqual([]);
    return batches;
  };
  const [half, more] = [eventOf(MAX_BYTES / 2), eventOf(MAX_BYTES / 2 + 1)];
  expect(await announced(half, half)).toEqual([2]);
  expect(await announced(half, more)).toEqual([1, 1]);
  expect(await announced(eventOf(MAX_BYTES))).toEqual([1]);
});

test("of deliveries of which one is too large, the others are published; the error names type and size", async () => {
  const { topic, batches } = topicThat(() => ({}));
  const [small, large] = deliveries(2);
  const tooLarge = { ...large, seqs: Array.from({ length: MAX_BYTES }, () => 1) } as EntriesDelivery;
  const publishing = topic.publish([tooLarge, small as EntriesDelivery], signal);
  await expect(publishing).rejects.toMatchObject({
    name: "MessageTooLarge",
    message: expect.stringMatching(/^a deliver.entries message has \d+ bytes, and SNS takes 262144$/),
  });
  expect(batches).toEqual([1]);
});

test("an event that is too large is refused, and the others are published", async () => {
  const { topic, batches } = topicThat(() => ({}));
  const large = eventOf(MAX_BYTES + 1);
  const refused = await topic.announce([eventOf(1_000), large, eventOf(1_000)], signal);
  expect(refused).toEqual([{ event: large, reason: "262145 bytes" }]);
  expect(batches).toEqual([2]);
});

test("an event that SNS takes for the sender's fault is refused; one that failed for a while is an error", async () => {
  const failing = (SenderFault: boolean) =>
    topicThat(() => ({ Failed: [{ Id: "1", SenderFault, Code: "Why" }] })).topic;
  const events = [eventOf(1_000), eventOf(2_000)];
  expect(await failing(true).announce(events, signal)).toEqual([{ event: events[1], reason: "Why" }]);
  await expect(failing(false).announce(events, signal)).rejects.toThrow("Why");
});

test("an event that spoils a whole batch is found and refused; the others are published", async () => {
  const published: string[] = [];
  const { topic, batches } = topicThat((sent) => {
    if (sent.some(({ Message }) => Message?.includes("spoils"))) throw named("InvalidParameterException");
    published.push(...sent.map(({ Message = "" }) => Message));
    return {};
  });
  const bad = { ...eventOf(1_000), sender: "spoils" } as ChatEvent;
  const refused = await topic.announce([eventOf(1_000), bad, eventOf(2_000)], signal);
  expect(refused).toEqual([{ event: bad, reason: "InvalidParameterException" }]);
  expect(batches).toEqual([3, 1, 1, 1]);
  expect(published).toHaveLength(2);
});

test("a call that fails for any other reason is an error, after all batches were tried", async () => {
  const { topic, batches } = topicThat(() => {
    throw named("ThrottledException");
  });
  const events = Array.from({ length: 11 }, () => eventOf(1_000));
  await expect(topic.announce(events, signal)).rejects.toMatchObject({ name: "ThrottledException" });
  expect(batches).toEqual([10, 1]);
});
