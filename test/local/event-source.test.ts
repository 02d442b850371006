import { PublishCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";
import { expect, onTestFinished, test } from "vitest";
import { startEventSource } from "../../local/messaging/event-source.ts";
import { queueUrl, startMessaging } from "../../local/messaging/messaging.ts";
import { provisionChannel } from "../../local/messaging/provision.ts";
import { channelInputs } from "../../local/messaging/resources.ts";
import { CHANNELS, type ChannelName } from "../../wiring/manifest.ts";
import { eventually } from "../support/eventually.ts";

const REGION = "eu-central-1";

/** Starts a channel of the manifest with `handler` as its function. */
async function startChannel(
  channel: ChannelName,
  handler: (event: SQSEvent) => unknown,
  options: { concurrency?: number; errorRetryDelayMs?: number; delaySeconds?: number } = {},
) {
  const messaging = await startMessaging({ region: REGION });
  const inputs = channelInputs(channel, REGION, { delaySeconds: options.delaySeconds });
  await provisionChannel(messaging, inputs);
  const events: SQSEvent[] = [];
  const logged: string[] = [];
  const source = startEventSource({
    sqs: messaging.sqs,
    queueUrl: queueUrl(messaging.endpoint, inputs.queue.QueueName),
    queueArn: inputs.queueArn,
    region: REGION,
    batchSize: 10,
    concurrency: options.concurrency ?? 2,
    errorRetryDelayMs: options.errorRetryDelayMs ?? 50,
    returnToQueue: (handles, delayMs) => messaging.returnToQueue(inputs.queue.QueueName, handles, delayMs),
    log: (line) => logged.push(line),
    async invoke(event) {
      events.push(event as SQSEvent);
      return handler(event as SQSEvent);
    },
  });
  onTestFinished(async () => {
    await source.stop();
    await messaging.stop();
  });
  const fifo = inputs.queue.QueueName.endsWith(".fifo");
  let published = 0;
  return {
    source,
    events,
    logged,
    messaging,
    bodies: () => events.flatMap(({ Records }) => Records.map(({ body }) => body)),
    depth: () => messaging.depth(inputs.queue.QueueName),
    deadLetters: () => messaging.depth(inputs.deadLetterQueue.QueueName).visible,
    returnToQueue: (handle: string) => messaging.returnToQueue(inputs.queue.QueueName, [handle], 0),
    expireVisibility: () => messaging.expireVisibility(inputs.queue.QueueName),
    async publish(Message: string, group = "g", type = "deliver.entries") {
      await messaging.sns.send(
        new PublishCommand({
          TopicArn: inputs.topicArn,
          Message,
          MessageAttributes: { type: { DataType: "String", StringValue: type } },
          ...(fifo && { MessageGroupId: group, MessageDeduplicationId: String(published++) }),
        }),
      );
    },
  };
}

const isEmpty = ({ visible, inFlight }: { visible: number; inFlight: number }) =>
  visible === 0 && inFlight === 0;

test("a published message reaches the function raw, in Lambda's form, and is then deleted", async () => {
  const channel = await startChannel("entries", () => undefined);
  await channel.publish('{"hello":1}', "conversation");
  await eventually("the queue to be empty", () => channel.events.length === 1 && isEmpty(channel.depth()));
  expect(channel.events[0]?.Records).toEqual([
    {
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: '{"hello":1}',
      md5OfBody: expect.any(String),
      md5OfMessageAttributes: expect.any(String),
      attributes: expect.objectContaining({
        ApproximateReceiveCount: "1",
        MessageGroupId: "conversation",
        MessageDeduplicationId: "0",
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      }),
      messageAttributes: {
        type: {
          stringValue: "deliver.entries",
          stringListValues: [],
          binaryListValues: [],
          dataType: "String",
        },
      },
      eventSource: "aws:sqs",
      eventSourceARN: `arn:aws:sqs:${REGION}:000000000000:parley-entries.fifo`,
      awsRegion: REGION,
    },
  ]);
});

test("messages of a group come in order, one batch at a time; other groups run in parallel", async () => {
  const running = new Set<string>();
  const overlaps: string[] = [];
  const channel = await startChannel("entries", async ({ Records }) => {
    const groups = Records.map(({ attributes }) => attributes.MessageGroupId ?? "");
    for (const group of groups) (running.has(group) ? overlaps : { push: () => {} }).push(group);
    for (const group of groups) running.add(group);
    await new Promise(setImmediate);
    for (const group of groups) running.delete(group);
  });
  for (let number = 0; number < 10; number++) {
    for (const group of ["a", "b", "c"]) await channel.publish(`${group}${number}`, group);
  }
  await eventually("all messages", () => channel.bodies().length === 30);
  for (const group of ["a", "b", "c"]) {
    const numbers = channel.bodies().filter((body) => body.startsWith(group));
    expect(numbers).toEqual(Array.from({ length: 10 }, (_, number) => `${group}${number}`));
  }
  expect(overlaps).toEqual([]);
});

test("records that a function reports as failed stay in the queue; the others are deleted", async () => {
  const channel = await startChannel("outbound", ({ Records }) => ({
    batchItemFailures: Records.filter(({ body }) => body === "bad").map(({ messageId }) => ({
      itemIdentifier: messageId,
    })),
  }));
  for (const body of ["good", "bad", "fine"]) await channel.publish(body);
  await eventually("only one to be left", () => {
    const { visible, inFlight } = channel.depth();
    return channel.bodies().length === 3 && visible === 0 && inFlight === 1;
  });
  channel.expireVisibility();
  await eventually(
    "the bad one to come again",
    () => channel.bodies().filter((body) => body === "bad").length === 2,
  );
  expect(channel.bodies().toSorted()).toEqual(["bad", "bad", "fine", "good"]);
});

test("when the function fails the whole batch comes again after the retry delay, still in order", async () => {
  let failures = 2;
  const channel = await startChannel("entries", () => {
    if (failures-- > 0) throw new Error("crashed");
  });
  channel.source.pause();
  for (const body of ["1", "2"]) await channel.publish(body);
  channel.source.resume();
  await eventually("the queue to be empty", () => channel.events.length === 3 && isEmpty(channel.depth()));
  expect(channel.bodies()).toEqual(["1", "2", "1", "2", "1", "2"]);
  expect(channel.logged).toHaveLength(2);
});

test("a burst of one group comes in batches of ten, in order and one after the other", async () => {
  const channel = await startChannel("entries", () => undefined);
  channel.source.pause();
  const burst = Array.from({ length: 25 }, (_, number) => String(number));
  for (const body of burst) await channel.publish(body);
  channel.source.resume();
  await eventually("all to arrive", () => channel.bodies().length === burst.length);
  expect(channel.events.map(({ Records }) => Records.length)).toEqual([10, 10, 5]);
  expect(channel.bodies()).toEqual(burst);
});

test("a batch that is not full takes messages of further groups", async () => {
  const channel = await startChannel("entries", () => undefined, { concurrency: 1 });
  channel.source.pause();
  for (const group of ["a", "b"])
    for (const number of [1, 2, 3]) await channel.publish(group + number, group);
  channel.source.resume();
  await eventually("all to arrive", () => channel.bodies().length === 6);
  expect(channel.events).toHaveLength(1);
  expect(channel.bodies()).toEqual(["a1", "a2", "a3", "b1", "b2", "b3"]);
});

test("a long group does not keep other groups waiting", async () => {
  const channel = await startChannel("entries", () => undefined, { concurrency: 1 });
  channel.source.pause();
  for (let number = 0; number < 25; number++) await channel.publish(`a${number}`, "a");
  await channel.publish("b0", "b");
  channel.source.resume();
  await eventually("all to arrive", () => channel.bodies().length === 26);
  expect(channel.bodies().indexOf("b0")).toBe(10);
});

test("a group whose records failed stays locked until all are visible again, and then comes in order", async () => {
  const failing = new Set(["2", "3"]);
  const channel = await startChannel("entries", ({ Records }) => ({
    batchItemFailures: Records.filter(({ body }) => failing.has(body)).map(({ messageId }) => ({
      itemIdentifier: messageId,
    })),
  }));
  channel.source.pause();
  for (const body of ["1", "2", "3"]) await channel.publish(body);
  channel.source.resume();
  await eventually("the failed ones to be in flight", () => channel.depth().inFlight === 2);
  failing.clear();
  await channel.publish("4");
  const [, , last] = channel.events[0]?.Records ?? [];
  channel.returnToQueue(last?.receiptHandle ?? "");
  await eventually("one to be visible", () => channel.depth().visible === 2);
  expect(channel.bodies()).toEqual(["1", "2", "3"]);
  channel.expireVisibility();
  await eventually("the queue to be empty", () => isEmpty(channel.depth()));
  expect(channel.bodies()).toEqual(["1", "2", "3", "2", "3", "4"]);
});

test("a record of a group that another batch received meanwhile is not deleted by the first", async () => {
  const held = Promise.withResolvers<void>();
  const channel = await startChannel("entries", () =>
    channel.events.length === 1 ? held.promise : Promise.reject(new Error("not now")),
  );
  await channel.publish("1");
  await eventually("the first batch", () => channel.events.length === 1);
  channel.expireVisibility();
  await eventually("the second batch to fail", () => channel.logged.length > 0);
  held.resolve();
  await eventually("it to come again", () => channel.logged.length > 2);
  const { visible, inFlight } = channel.depth();
  expect(visible + inFlight).toBe(1);
});

test("a response that names a record outside the batch counts as failure of the whole batch", async () => {
  const responses: unknown[] = [
    { batchItemFailures: [{ itemIdentifier: "unknown" }] },
    { batchItemFailures: [{}] },
  ];
  const channel = await startChannel("outbound", () => responses.shift());
  await channel.publish("x");
  await eventually("the queue to be empty", () => channel.bodies().length === 3 && isEmpty(channel.depth()));
});

test("a message that fails too often goes to the dead-letter queue", async () => {
  const channel = await startChannel(
    "outbound",
    () => {
      throw new Error("never");
    },
    { errorRetryDelayMs: 1 },
  );
  await channel.publish("poison");
  await eventually("the dead letter", () => channel.deadLetters() === 1);
  expect(channel.bodies()).toHaveLength(CHANNELS.outbound.maxReceiveCount);
});

test("messages that the filter policy does not match never reach the queue", async () => {
  const channel = await startChannel("outbound", () => undefined);
  await channel.publish("for others", "", "presence");
  await channel.publish("for us");
  await eventually("our message", () => channel.bodies().length === 1);
  expect(channel.bodies()).toEqual(["for us"]);
});

test("a paused source invokes no function; after it resumes all messages arrive, in order", async () => {
  const channel = await startChannel("entries", () => undefined);
  channel.source.pause();
  for (const body of ["1", "2", "3"]) await channel.publish(body);
  await eventually("all to wait", () => channel.depth().visible === 3);
  expect(channel.bodies()).toEqual([]);
  channel.source.resume();
  await eventually("all to arrive", () => channel.bodies().length === 3);
  expect(channel.bodies()).toEqual(["1", "2", "3"]);
});

test("polling goes on after the queue service has failed", async () => {
  const channel = await startChannel("entries", () => undefined, { concurrency: 1 });
  const { sqs } = channel.messaging;
  const send = sqs.send.bind(sqs);
  let failures = 2;
  // biome-ignore lint/suspicious/noExplicitAny: one of the client's many overloads.
  sqs.send = ((...args: [any]) => {
    const fails = args[0] instanceof ReceiveMessageCommand && failures-- > 0;
    return fails ? Promise.reject(new Error("service unavailable")) : send(...args);
  }) as typeof sqs.send;
  await channel.publish("1");
  await channel.publish("2");
  await channel.publish("3");
  await eventually("all to arrive", () => channel.bodies().length === 3);
  expect(channel.logged).toHaveLength(2);
});

test("a message in a queue with a delay is delivered after the delay, not before", async () => {
  const channel = await startChannel("presence", () => undefined, { delaySeconds: 1 });
  const publishedAtMs = Date.now();
  await channel.publish("{}", undefined, "presence.maybe-offline");
  expect(channel.depth()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
  await eventually("the function to get it", () => channel.events.length === 1);
  expect(Date.now() - publishedAtMs).toBeGreaterThanOrEqual(1_000);
  expect(channel.events[0]?.Records[0]?.attributes.ApproximateReceiveCount).toBe("1");
  await eventually("the queue to be empty", () => isEmpty(channel.depth()));
  expect(channel.events).toHaveLength(1);
});
