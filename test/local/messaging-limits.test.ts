import {
  BatchEntryIdsNotDistinctException,
  BatchRequestTooLongException,
  type MessageAttributeValue,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  PublishCommand,
  type PublishCommandInput,
} from "@aws-sdk/client-sns";
import {
  BatchEntryIdsNotDistinct,
  BatchRequestTooLong,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  TooManyEntriesInBatchRequest,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Messaging, queueUrl, startMessaging } from "../../local/messaging/messaging.ts";
import { provisionChannel } from "../../local/messaging/provision.ts";
import { channelInputs } from "../../local/messaging/resources.ts";
import { eventually } from "../support/eventually.ts";

// Limits that AWS enforces, as any client of the two services sees them.

const REGION = "eu-central-1";
const MAX_BYTES = 262_144;
const entries = channelInputs("entries", REGION);
const outbound = channelInputs("outbound", REGION);
let messaging: Messaging;
let published = 0;

beforeAll(async () => {
  messaging = await startMessaging({ region: REGION });
  await provisionChannel(messaging, entries);
  await provisionChannel(messaging, outbound);
});
afterAll(() => messaging.stop());

const text = (StringValue: string): MessageAttributeValue => ({ DataType: "String", StringValue });
const fifoUrl = () => queueUrl(messaging.endpoint, entries.queue.QueueName);
const standardUrl = () => queueUrl(messaging.endpoint, outbound.queue.QueueName);

function publish(input: Partial<PublishCommandInput>) {
  const ids = { MessageGroupId: "g", MessageDeduplicationId: `p${published++}` };
  return messaging.sns.send(
    new PublishCommand({ TopicArn: entries.topicArn, Message: "x", ...ids, ...input }),
  );
}

function publishBatch(...batch: Partial<PublishBatchRequestEntry>[]) {
  const PublishBatchRequestEntries = batch.map((entry, index) => ({
    Id: String(index),
    Message: "x",
    ...entry,
  }));
  return messaging.sns.send(
    new PublishBatchCommand({ TopicArn: outbound.topicArn, PublishBatchRequestEntries }),
  );
}

function send(input: Partial<SendMessageCommandInput>) {
  const ids = { MessageGroupId: "g", MessageDeduplicationId: `s${published++}` };
  return messaging.sqs.send(
    new SendMessageCommand({ QueueUrl: fifoUrl(), MessageBody: "x", ...ids, ...input }),
  );
}

function sendBatch(...batch: Partial<SendMessageBatchRequestEntry>[]) {
  const Entries = batch.map((entry, index) => ({ Id: String(index), MessageBody: "x", ...entry }));
  return messaging.sqs.send(new SendMessageBatchCommand({ QueueUrl: standardUrl(), Entries }));
}

async function receive(QueueUrl: string): Promise<Message[]> {
  const { Messages = [] } = await messaging.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages;
}

/** Deletes what earlier tests have left. */
async function empty(QueueUrl: string): Promise<void> {
  const name = QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1);
  messaging.expireVisibility(name);
  for (let batch = await receive(QueueUrl); batch.length > 0; batch = await receive(QueueUrl))
    for (const { ReceiptHandle } of batch)
      await messaging.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

describe("the size of a message", () => {
  const attributes = { lane: text("0") };
  const attributeBytes = "lane".length + "String".length + "0".length;
  const fits = "x".repeat(MAX_BYTES - attributeBytes);

  test("a topic takes 256 KiB, attributes included, and not a byte more", async () => {
    await publish({ Message: fits, MessageAttributes: attributes });
    await expect(publish({ Message: `${fits}x`, MessageAttributes: attributes })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  test("bytes are counted, not characters", async () => {
    await expect(publish({ Message: "€".repeat(MAX_BYTES / 3 + 1) })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  test("a batch to a topic takes 256 KiB in total", async () => {
    const half = "x".repeat(MAX_BYTES / 2);
    expect((await publishBatch({ Message: half }, { Message: half })).Successful).toHaveLength(2);
    await expect(publishBatch({ Message: half }, { Message: `${half}x` })).rejects.toBeInstanceOf(
      BatchRequestTooLongException,
    );
    await expect(
      publishBatch({ Message: half, MessageAttributes: attributes }, { Message: half }),
    ).rejects.toBeInstanceOf(BatchRequestTooLongException);
  });

  test("a queue takes 256 KiB in a message, attributes included, and in a batch", async () => {
    await send({ MessageBody: fits, MessageAttributes: attributes });
    await expect(send({ MessageBody: `${fits}x`, MessageAttributes: attributes })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
    const half = "x".repeat(MAX_BYTES / 2);
    await expect(sendBatch({ MessageBody: half }, { MessageBody: `${half}x` })).rejects.toBeInstanceOf(
      BatchRequestTooLong,
    );
  });
});

describe("the entries of a batch", () => {
  const eleven = Array.from({ length: 11 }, () => ({}));

  test("a topic and a queue take at most ten", async () => {
    await expect(publishBatch(...eleven)).rejects.toMatchObject({
      name: "TooManyEntriesInBatchRequestException",
    });
    await expect(sendBatch(...eleven)).rejects.toBeInstanceOf(TooManyEntriesInBatchRequest);
  });

  test("their ids are distinct", async () => {
    await expect(publishBatch({ Id: "a" }, { Id: "a" })).rejects.toBeInstanceOf(
      BatchEntryIdsNotDistinctException,
    );
    await expect(sendBatch({ Id: "a" }, { Id: "a" })).rejects.toBeInstanceOf(BatchEntryIdsNotDistinct);
  });

  test.for(["a b", "a.b", "ä", "x".repeat(81)])("an id cannot be %s", async (Id) => {
    await expect(publishBatch({ Id })).rejects.toMatchObject({ name: "InvalidBatchEntryIdException" });
    await expect(sendBatch({ Id })).rejects.toMatchObject({ name: "InvalidBatchEntryId" });
  });

  test("one that is refused does not affect the others", async () => {
    const toTopic = await publishBatch({}, { Message: "\u0001" }, {});
    expect(toTopic.Successful).toHaveLength(2);
    expect(toTopic.Failed).toMatchObject([{ Id: "1", Code: "InvalidParameter", SenderFault: true }]);
    const toQueue = await sendBatch({}, { MessageBody: "\u0001" }, {});
    expect(toQueue.Successful).toHaveLength(2);
    expect(toQueue.Failed).toMatchObject([{ Id: "1", Code: "InvalidMessageContents", SenderFault: true }]);
  });
});

describe("allowed characters", () => {
  test.for(["two words", "ä", "x".repeat(129)])("a group or deduplication id cannot be %s", async (id) => {
    const refused = { name: "InvalidParameterException" };
    await expect(publish({ MessageGroupId: id })).rejects.toMatchObject(refused);
    await expect(publish({ MessageDeduplicationId: id })).rejects.toMatchObject(refused);
    await expect(send({ MessageGroupId: id })).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(send({ MessageDeduplicationId: id })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  test("such an id can have 128 characters, punctuation included", async () => {
    const id = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".padEnd(128, "x");
    await publish({ MessageGroupId: id, MessageDeduplicationId: `${id.slice(0, 120)}1` });
    await send({ MessageGroupId: id, MessageDeduplicationId: `${id.slice(0, 120)}2` });
  });

  test.for([
    ["U+0000", "\u0000"],
    ["U+001F", "\u001f"],
    ["U+FFFE", "\ufffe"],
    ["half a pair", "\ud83d"],
  ])("a body cannot contain %s", async ([, character = ""]) => {
    await expect(send({ MessageBody: `x${character}` })).rejects.toMatchObject({
      name: "InvalidMessageContents",
    });
  });

  test("a body can contain emoji, sent to a queue too", async () => {
    await empty(fifoUrl());
    await send({ MessageBody: "👋 \t\r\n" });
    expect((await receive(fifoUrl())).map(({ Body }) => Body)).toEqual(["👋 \t\r\n"]);
  });

  test.for(["", "a b", ".a", "a.", "a..b", "AWS.x", "Amazon.x", "x".repeat(257)])(
    "an attribute cannot be named “%s”",
    async (name) => {
      const attributes = { [name]: text("x") };
      await expect(publish({ MessageAttributes: attributes })).rejects.toMatchObject({
        name: "InvalidParameterValueException",
      });
      await expect(send({ MessageAttributes: attributes })).rejects.toMatchObject({
        name: "InvalidParameterValue",
      });
    },
  );

  test.for([
    ["empty", text("")],
    ["of an unknown type", { DataType: "Date", StringValue: "1" }],
    ["no number", { DataType: "Number", StringValue: "one" }],
  ] as const)("an attribute cannot be %s", async ([, value]) => {
    await expect(publish({ MessageAttributes: { a: value } })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    await expect(send({ MessageAttributes: { a: value } })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });

  test("a message sent to a queue has at most ten attributes", async () => {
    const attributes = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, text("x")]));
    await send({ MessageAttributes: attributes(10) });
    await expect(send({ MessageAttributes: attributes(11) })).rejects.toMatchObject({
      name: "InvalidParameterValue",
    });
  });
});

describe("visibility", () => {
  const change = (QueueUrl: string, ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    messaging.sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  const remove = (QueueUrl: string, ReceiptHandle: string | undefined) =>
    messaging.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  const one = async (QueueUrl: string) => (await receive(QueueUrl))[0]?.ReceiptHandle;

  test("a timeout is whole seconds, up to twelve hours", async () => {
    await empty(fifoUrl());
    await send({});
    const handle = await one(fifoUrl());
    await expect(change(fifoUrl(), handle, 0.5)).rejects.toMatchObject({ name: "SerializationException" });
    await expect(change(fifoUrl(), handle, -1)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await expect(change(fifoUrl(), handle, 43_201)).rejects.toMatchObject({ name: "InvalidParameterValue" });
    await change(fifoUrl(), handle, 43_200);
    const command = new ReceiveMessageCommand({ QueueUrl: fifoUrl(), VisibilityTimeout: 0.5 });
    await expect(messaging.sqs.send(command)).rejects.toMatchObject({ name: "SerializationException" });
    const Entries = [{ Id: "1", ReceiptHandle: handle, VisibilityTimeout: 0.5 }];
    await expect(
      messaging.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: fifoUrl(), Entries })),
    ).rejects.toMatchObject({ name: "SerializationException" });
  });

  test("in a FIFO queue a handle ends with the visibility: the message is neither deleted nor kept longer", async () => {
    await empty(fifoUrl());
    await send({});
    const handle = await one(fifoUrl());
    await change(fifoUrl(), handle, 0);
    const expired = { name: "InvalidParameterValue", message: expect.stringContaining("has expired") };
    await expect(remove(fifoUrl(), handle)).rejects.toMatchObject(expired);
    await expect(change(fifoUrl(), handle, 10)).rejects.toMatchObject(expired);
    const again = await one(fifoUrl());
    expect(again).toBeDefined();
    await expect(remove(fifoUrl(), handle)).rejects.toMatchObject(expired);
    const { Failed, Successful } = await messaging.sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: fifoUrl(),
        Entries: [handle, again].map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    expect([Failed?.map(({ Id }) => Id), Successful?.map(({ Id }) => Id)]).toEqual([["0"], ["1"]]);
    expect(await receive(fifoUrl())).toEqual([]);
  });

  test("in a standard queue an old handle deletes until the message is received again", async () => {
    await empty(standardUrl());
    await sendBatch({ MessageBody: "deleted" });
    const only = await one(standardUrl());
    await change(standardUrl(), only, 0);
    await remove(standardUrl(), only);
    expect(await receive(standardUrl())).toEqual([]);
    await sendBatch({ MessageBody: "kept" });
    const first = await one(standardUrl());
    await change(standardUrl(), first, 0);
    const second = await one(standardUrl());
    await remove(standardUrl(), first);
    await expect(change(standardUrl(), first, 10)).rejects.toMatchObject({ name: "MessageNotInflight" });
    await change(standardUrl(), second, 0);
    expect((await receive(standardUrl())).map(({ Body }) => Body)).toEqual(["kept"]);
  });

  test("deleting twice succeeds; what is no handle is refused", async () => {
    await empty(fifoUrl());
    await send({});
    const handle = await one(fifoUrl());
    await remove(fifoUrl(), handle);
    await remove(fifoUrl(), handle);
    await expect(remove(fifoUrl(), "no handle")).rejects.toMatchObject({ name: "ReceiptHandleIsInvalid" });
  });
});

test("a depth counts a message whose delay is over as visible, although nobody receives", async () => {
  const delayed = channelInputs("presence", REGION, { delaySeconds: 1 });
  await provisionChannel(messaging, delayed);
  const { QueueName } = delayed.queue;
  const QueueUrl = queueUrl(messaging.endpoint, QueueName);
  await messaging.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
  expect(messaging.depth(QueueName)).toMatchObject({ visible: 0, delayed: 1 });
  await eventually("the delay to be over", () => messaging.depth(QueueName).visible === 1);
  await empty(QueueUrl);
});

test("any client receives several messages of a group at once, and nothing of it until they are done", async () => {
  await empty(fifoUrl());
  for (const Message of ["1", "2", "3"]) await publish({ Message, MessageGroupId: "burst" });
  const first = await receive(fifoUrl());
  expect(first.map(({ Body }) => Body)).toEqual(["1", "2", "3"]);
  await publish({ Message: "4", MessageGroupId: "burst" });
  await publish({ Message: "other", MessageGroupId: "other" });
  const [, , last] = first;
  await messaging.sqs.send(
    new DeleteMessageCommand({ QueueUrl: fifoUrl(), ReceiptHandle: last?.ReceiptHandle }),
  );
  expect((await receive(fifoUrl())).map(({ Body }) => Body)).toEqual(["other"]);
  messaging.expireVisibility(entries.queue.QueueName);
  const again = await receive(fifoUrl());
  expect(again.map(({ Body }) => Body).filter((body) => body !== "other")).toEqual(["1", "2", "4"]);
});

describe("the attributes of a queue", () => {
  test.for([
    ["VisibilityTimeout", "43201"],
    ["VisibilityTimeout", "0.5"],
    ["DelaySeconds", "901"],
    ["DelaySeconds", "0.5"],
    ["MessageRetentionPeriod", "59"],
    ["ReceiveMessageWaitTimeSeconds", "21"],
  ])("%s cannot be %s", async ([name = "", value]) => {
    const Attributes = { [name]: value };
    await expect(
      messaging.sqs.send(new CreateQueueCommand({ QueueName: "new", Attributes } as never)),
    ).rejects.toMatchObject({ name: "InvalidAttributeValue" });
    await expect(
      messaging.sqs.send(new SetQueueAttributesCommand({ QueueUrl: standardUrl(), Attributes } as never)),
    ).rejects.toMatchObject({ name: "InvalidAttributeValue" });
  });

  test("a delay applies to messages from a topic and from clients, who may choose another for one message", async () => {
    const delayed = channelInputs("presence", REGION, { delaySeconds: 900 });
    await provisionChannel(messaging, delayed);
    const QueueUrl = queueUrl(messaging.endpoint, delayed.queue.QueueName);
    const count = async () => {
      const names = ["ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessages"] as const;
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] });
      const { Attributes } = await messaging.sqs.send(command);
      return names.map((name) => Number(Attributes?.[name]));
    };
    await publishBatch({ MessageAttributes: { type: text("presence.maybe-offline") } });
    expect(await count()).toEqual([1, 0]);
    await messaging.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
    expect(await count()).toEqual([2, 0]);
    await messaging.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "now", DelaySeconds: 0 }));
    expect(await count()).toEqual([2, 1]);
    await messaging.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "soon", DelaySeconds: 1 }));
    await eventually("the second to be visible", async () => {
      await receive(QueueUrl);
      return messaging.depth(delayed.queue.QueueName).inFlight === 2;
    });
    const command = new SendMessageCommand({ QueueUrl, MessageBody: "x", DelaySeconds: 901 });
    await expect(messaging.sqs.send(command)).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});
