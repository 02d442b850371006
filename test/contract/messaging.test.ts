import { SNSClient } from "@aws-sdk/client-sns";
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientOptions } from "../../functions/adapters/aws-clients.ts";
import { SnsPresenceTopic } from "../../functions/adapters/sns/presence-topic.ts";
import { SnsEntriesTopic, SnsOutboundTopic } from "../../functions/adapters/sns/topics.ts";
import { SqsParking } from "../../functions/adapters/sqs/parking.ts";
import { SqsQueueDepth } from "../../functions/adapters/sqs/queue-depth.ts";
import { SqsRecordQueue, SqsRecordQueues } from "../../functions/adapters/sqs/record-queue.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { laneDigit, laneOf } from "../../functions/core/shared/partition.ts";
import { PresenceDelivery, type PresenceMessage } from "../../functions/ports/presence-topic.ts";
import type { EntriesDelivery } from "../../functions/ports/topics.ts";
import { type Messaging, queueUrl, startMessaging } from "../../local/messaging/messaging.ts";
import { provisionChannel } from "../../local/messaging/provision.ts";
import { channelInputs, lanesOf } from "../../local/messaging/resources.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { published } from "../support/frames.ts";
import { startHangingServer } from "../support/hanging-server.ts";

const REGION = "eu-central-1";
const signal = new AbortController().signal;
const entries = channelInputs("entries", REGION);
const outbound = channelInputs("outbound", REGION);
const notices = channelInputs("notices", REGION);
const presence = channelInputs("presence", REGION, { delaySeconds: 0 });
let messaging: Messaging;

beforeAll(async () => {
  messaging = await startMessaging({ region: REGION });
  await provisionChannel(messaging, entries);
  await provisionChannel(messaging, outbound);
  await provisionChannel(messaging, notices);
  await provisionChannel(messaging, presence);
});
afterAll(() => messaging.stop());

const urlOf = (name: string) => queueUrl(messaging.endpoint, name);

async function receive(queue: string): Promise<Message | undefined> {
  const command = new ReceiveMessageCommand({
    QueueUrl: urlOf(queue),
    WaitTimeSeconds: 2,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  return (await messaging.sqs.send(command)).Messages?.[0];
}

async function take(queue: string): Promise<Message> {
  const message = await receive(queue);
  if (message === undefined) throw new Error(`no message arrived in ${queue}`);
  await messaging.sqs.send(
    new DeleteMessageCommand({ QueueUrl: urlOf(queue), ReceiptHandle: message.ReceiptHandle }),
  );
  return message;
}

test("frames of a conversation reach the queue in the order they were published, in its group", async () => {
  const topic = new SnsEntriesTopic(messaging.sns, entries.topicArn);
  const frames = [published(), published(), published()];
  for (const frame of frames) await topic.publish(frame, signal);
  for (const frame of frames) {
    const message = await take(entries.queue.QueueName);
    expect(JSON.parse(message.Body ?? "")).toEqual(frame);
    expect(message.Attributes?.MessageGroupId).toBe(frame.conversation);
  }
});

test("with several lanes every conversation has one, and nothing is lost or duplicated across them", async () => {
  const other = await startMessaging({ region: REGION });
  try {
    const laned = channelInputs("entries", REGION, { lanes: 4 });
    await provisionChannel(other, laned);
    const topic = new SnsEntriesTopic(other.sns, laned.topicArn);
    const frames = Array.from({ length: 40 }, (_, index) =>
      published({ conversation: directConversationId("alice", `user-${index % 20}`) }),
    );
    for (const frame of frames) await topic.publish(frame, signal);
    const depths = lanesOf(laned).map(({ queue }) => other.depth(queue.QueueName).visible);
    const expected = [0, 1, 2, 3].map(
      (lane) => frames.filter(({ conversation }) => laneOf(conversation, 4) === lane).length,
    );
    expect(depths).toEqual(expected);
    expect(Math.min(...depths)).toBeGreaterThan(0);
    expect(new Set(frames.map(({ conversation }) => laneDigit(conversation))).size).toBeGreaterThan(8);

    // The same topic with one lane: earlier records stay in the other lanes, new ones go to this one.
    const single = channelInputs("entries", REGION);
    await provisionChannel(other, single);
    for (const frame of frames) await topic.publish({ ...frame, frame: `${frame.frame}-again` }, signal);
    expect(other.depth(single.queue.QueueName).visible).toBe((depths[0] ?? 0) + frames.length);
  } finally {
    await other.stop();
  }
});

test("every character a client may send survives the queue, even those SQS does not accept unescaped", async () => {
  const topic = new SnsEntriesTopic(messaging.sns, entries.topicArn);
  const frame = published({ texts: ["\u0000\t\u007f\ud800\udfff \ufffe\uffff \u2028 👋"] });
  await topic.publish(frame, signal);
  const { Body = "" } = await take(entries.queue.QueueName);
  // SQS SendMessage: "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
  expect(Body).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
  expect(JSON.parse(Body)).toEqual(frame);
});

test("a frame published twice by a retry of the SDK arrives once; a client's resend gets through", async () => {
  const topic = new SnsEntriesTopic(messaging.sns, entries.topicArn);
  const frame = published();
  const resend = { ...frame, frame: `${frame.frame}-again` };
  for (const one of [frame, frame, resend]) await topic.publish(one, signal);
  const bodies = [await take(entries.queue.QueueName), await take(entries.queue.QueueName)];
  expect(bodies.map(({ Body }) => JSON.parse(Body ?? "").frame)).toEqual([frame.frame, resend.frame]);
  expect(messaging.depth(entries.queue.QueueName)).toMatchObject({ visible: 0, inFlight: 0 });
});

test("a retried record is visible again after the delay, not after the queue's timeout", async () => {
  await new SnsEntriesTopic(messaging.sns, entries.topicArn).publish(published(), signal);
  const queue = new SqsRecordQueue(messaging.sqs, urlOf(entries.queue.QueueName));
  const first = await receive(entries.queue.QueueName);
  await queue.retryAfter([first?.ReceiptHandle ?? ""], 1, signal);
  const again = await take(entries.queue.QueueName);
  expect(again.MessageId).toBe(first?.MessageId);
  expect(again.Attributes?.ApproximateReceiveCount).toBe("2");
});

test("a record's queue is found by its ARN; calls to the queue of an unknown ARN fail", async () => {
  await new SnsEntriesTopic(messaging.sns, entries.topicArn).publish(published(), signal);
  const queues = new SqsRecordQueues(messaging.sqs, [
    urlOf("some-other.fifo"),
    urlOf(entries.queue.QueueName),
  ]);
  const message = await receive(entries.queue.QueueName);
  await queues.of(entries.queueArn).retryAfter([message?.ReceiptHandle ?? ""], 0, signal);
  expect((await take(entries.queue.QueueName)).MessageId).toBe(message?.MessageId);
  await expect(queues.of("arn:aws:sqs:x:1:unknown").retryAfter(["r"], 0, signal)).rejects.toThrow();
});

test("the depth of a lane counts waiting records and those in progress", async () => {
  const topic = new SnsEntriesTopic(messaging.sns, entries.topicArn);
  const depth = new SqsQueueDepth(messaging.sqs, [urlOf(entries.queue.QueueName)]);
  expect([depth.lanes, await depth.read(0, signal)]).toEqual([1, 0]);
  for (const frame of [published(), published(), published()]) await topic.publish(frame, signal);
  const first = await receive(entries.queue.QueueName);
  expect(await depth.read(0, signal)).toBe(3);
  await new SqsRecordQueue(messaging.sqs, urlOf(entries.queue.QueueName)).retryAfter(
    [first?.ReceiptHandle ?? ""],
    0,
    signal,
  );
  for (const _ of [1, 2, 3]) await take(entries.queue.QueueName);
  expect(await depth.read(0, signal)).toBe(0);
});

test("a record parked several times is there once, unchanged and in the order of its group", async () => {
  const name = entries.parkedQueue?.QueueName ?? "";
  const parking = new SqsParking(messaging.sqs, urlOf(name));
  const records = ["one", "two"].map((body, index) => ({ id: `m${index}`, group: "g", body }));
  for (const record of [records[0], ...records, records[0]]) if (record) await parking.park(record, signal);
  for (const { body } of records) {
    const message = await take(name);
    expect([message.Body, message.Attributes?.MessageGroupId]).toEqual([body, "g"]);
  }
  expect(messaging.depth(name)).toMatchObject({ visible: 0, inFlight: 0 });
});

test("any number of deliveries reaches the outbound queue", async () => {
  const deliveries = Array.from(
    { length: 23 },
    (_, index): EntriesDelivery => ({
      type: "deliver.entries",
      targets: [{ user: "bob", connection: `c${index}` }],
      conversation: "d",
      epoch: 1,
      seqs: [1],
    }),
  );
  await new SnsOutboundTopic(messaging.sns, outbound.topicArn).publish(deliveries, signal);
  const arrived = [];
  for (const _ of deliveries) arrived.push(JSON.parse((await take(outbound.queue.QueueName)).Body ?? ""));
  expect(arrived.map(({ targets }) => targets[0]?.connection).sort()).toEqual(
    deliveries.map(({ targets }) => targets[0]?.connection).sort(),
  );
});

test("presence messages are routed by type and carry their user as an attribute", async () => {
  const topic = new SnsPresenceTopic(messaging.sns, outbound.topicArn);
  const user = "zoë 👩‍👧";
  const change = { user, version: 3, atMs: 5 };
  const messages: PresenceMessage[] = [
    { type: "presence.online", expiresAtMs: 7, ...change },
    { type: "presence.offline", lastSeenAtMs: 4, ...change },
    { type: "deliver.presence", change: { type: "presence.offline", ...change }, from: "c1" },
  ];
  const maybe: PresenceMessage = { type: "presence.maybe-offline", user, atMs: 5 };
  await topic.publish(maybe, signal);
  for (const message of messages) {
    await topic.publish(message, signal);
    const { Body = "", MessageAttributes } = await take(notices.queue.QueueName);
    expect(JSON.parse(Body)).toEqual(message);
    expect(v.is(PresenceDelivery, JSON.parse(Body))).toBe(true);
    expect(MessageAttributes?.user?.StringValue).toBe(user);
    expect(MessageAttributes?.type?.StringValue).toBe(message.type);
  }
  expect(JSON.parse((await take(presence.queue.QueueName)).Body ?? "")).toEqual(maybe);
  expect(messaging.depth(presence.queue.QueueName)).toMatchObject({ visible: 0, inFlight: 0 });
});

test("every call to a hanging SNS or SQS ends with an error", async () => {
  const hanging = await startHangingServer();
  try {
    const options = {
      ...clientConfig(hanging.url, REGION),
      ...clientOptions({ requestTimeoutMs: 100, maxAttempts: 1 }),
    };
    const topic = new SnsEntriesTopic(new SNSClient(options), entries.topicArn);
    const queue = new SqsRecordQueue(new SQSClient(options), `${hanging.url}/000000000000/q`);
    await expect(topic.publish(published(), signal)).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(queue.retryAfter(["r"], 1, signal)).rejects.toMatchObject({ name: "TimeoutError" });
    const sqs = new SQSClient(options);
    const url = `${hanging.url}/000000000000/q`;
    await expect(
      new SqsParking(sqs, url).park({ id: "m", group: "g", body: "b" }, signal),
    ).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(new SqsQueueDepth(sqs, [url]).read(0, signal)).rejects.toMatchObject({
      name: "TimeoutError",
    });
  } finally {
    await hanging.stop();
  }
});

test("a form posted by a web page publishes nothing", async () => {
  const body = new URLSearchParams({
    Action: "Publish",
    TopicArn: outbound.topicArn,
    Message: "forged",
    "MessageAttributes.entry.1.Name": "type",
    "MessageAttributes.entry.1.Value.DataType": "String",
    "MessageAttributes.entry.1.Value.StringValue": "deliver.entries",
  });
  const post = (headers: Record<string, string>) =>
    fetch(messaging.endpoint, { method: "POST", body, headers });
  expect((await post({ Origin: "https://evil.example.com" })).status).toBe(403);
  expect(messaging.depth(outbound.queue.QueueName)).toMatchObject({ visible: 0, inFlight: 0 });
  // The same request without an Origin header is what the SDK sends.
  expect((await post({})).status).toBe(200);
  expect(JSON.stringify(await take(outbound.queue.QueueName))).toContain("forged");
  expect(messaging.depth(outbound.queue.QueueName)).toMatchObject({ visible: 0, inFlight: 0 });
});
