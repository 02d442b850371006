import { join } from "node:path";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { PublishCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { openDataFolder } from "../../local/data-folder.ts";
import { startDynamoDb } from "../../local/dynamodb/dynamodb.ts";
import { provisionTable } from "../../local/dynamodb/table.ts";
import { type Messaging, queueUrl, startMessaging } from "../../local/messaging/messaging.ts";
import { provisionChannel } from "../../local/messaging/provision.ts";
import { channelInputs } from "../../local/messaging/resources.ts";
import { readPid } from "../../local/util/read-pid.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { eventually } from "../support/eventually.ts";
import { runScript, temporaryFolder } from "../support/process.ts";

const REGION = "eu-central-1";
const ENTRIES = channelInputs("entries", REGION);

async function openMessaging(dataDir: string): Promise<Messaging> {
  const messaging = await startMessaging({ region: REGION, dataDir });
  onTestFinished(() => messaging.stop());
  await provisionChannel(messaging, ENTRIES);
  return messaging;
}

async function receive({ sqs, endpoint }: Messaging): Promise<Message | undefined> {
  const QueueUrl = queueUrl(endpoint, ENTRIES.queue.QueueName);
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["All"] }),
  );
  return Messages?.[0];
}

async function receiveAll(messaging: Messaging): Promise<string[]> {
  const QueueUrl = queueUrl(messaging.endpoint, ENTRIES.queue.QueueName);
  const bodies: string[] = [];
  for (let message = await receive(messaging); message !== undefined; message = await receive(messaging)) {
    bodies.push(message.Body ?? "");
    await messaging.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  }
  return bodies;
}

test("after kill -9 the table and the queues are unchanged, and no process of the old run is left", async () => {
  const path = temporaryFolder();
  const script = runScript("test/local/store-process.ts", path);
  const [, oldEndpoint = ""] = await script.says(/filled, table at (\S+)/);
  await script.killHard();

  // The lock is free at once, and no second dynoxide ever runs on the file.
  const folder = openDataFolder(path);
  onTestFinished(() => folder.release());
  const dynamodb = await startDynamoDb({ dataDir: folder.dynamodb });
  onTestFinished(() => dynamodb.stop());
  if (oldEndpoint !== dynamodb.endpoint) await expect(fetch(oldEndpoint)).rejects.toThrow();

  const client = new DynamoDBClient(clientConfig(dynamodb.endpoint, REGION));
  onTestFinished(() => client.destroy());
  await provisionTable(client, "parley");
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: "parley",
      Key: { pk: { S: "a" }, sk: { S: "b" } },
      ConsistentRead: true,
    }),
  );
  expect(Item).toEqual({ pk: { S: "a" }, sk: { S: "b" } });

  const messaging = await openMessaging(folder.messaging);
  expect(messaging.depth(ENTRIES.queue.QueueName)).toEqual({ visible: 2, inFlight: 1, delayed: 0 });
  messaging.expireVisibility(ENTRIES.queue.QueueName);
  expect(await receiveAll(messaging)).toEqual(["1", "2", "3"]);
});

test("dynoxide does not outlive a process that is killed", async () => {
  const path = temporaryFolder();
  const script = runScript("test/local/store-process.ts", path);
  const [, endpoint = ""] = await script.says(/filled, table at (\S+)/);
  await script.killHard();
  await eventually("the endpoint to be gone", () =>
    fetch(endpoint).then(
      () => false,
      () => true,
    ),
  );
});

test("DynamoDB reports when it ends by itself", async () => {
  const dataDir = temporaryFolder();
  const dynamodb = await startDynamoDb({ dataDir });
  onTestFinished(() => dynamodb.stop());
  const pid = readPid(join(dataDir, "dynoxide.pid"));
  process.kill(pid ?? Number.NaN, "SIGKILL");
  expect((await dynamodb.died).message).toMatch(/dynoxide.* ended unexpectedly/);
});

test("a message returned with a visibility timeout of 0 can be received again", async () => {
  const messaging = await openMessaging(temporaryFolder());
  await messaging.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(messaging.endpoint, ENTRIES.queue.QueueName),
      MessageBody: "again",
      MessageGroupId: "g",
      MessageDeduplicationId: "1",
    }),
  );
  const first = await receive(messaging);
  await messaging.sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl(messaging.endpoint, ENTRIES.queue.QueueName),
      ReceiptHandle: first?.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
  const second = await receive(messaging);
  expect(second?.Body).toBe("again");
  expect(second?.Attributes?.ApproximateReceiveCount).toBe("2");
});

test("creating the resources again keeps the messages in the queues, even if an attribute has changed", async () => {
  const messaging = await openMessaging(temporaryFolder());
  const QueueUrl = queueUrl(messaging.endpoint, ENTRIES.queue.QueueName);
  await messaging.sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "kept",
      MessageGroupId: "g",
      MessageDeduplicationId: "1",
    }),
  );
  const changed = {
    ...ENTRIES,
    topic: { ...ENTRIES.topic, Attributes: { ...ENTRIES.topic.Attributes, FifoThroughputScope: "Topic" } },
    queue: { ...ENTRIES.queue, Attributes: { ...ENTRIES.queue.Attributes, VisibilityTimeout: "7" } },
    subscription: {
      ...ENTRIES.subscription,
      Attributes: { RawMessageDelivery: "true", FilterPolicy: '{"type":["x"]}' },
    },
  };
  await provisionChannel(messaging, changed);
  const { Attributes } = await messaging.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] }),
  );
  expect(Attributes?.VisibilityTimeout).toBe("7");
  await provisionChannel(messaging, ENTRIES);
  expect(await receiveAll(messaging)).toEqual(["kept"]);
  const { MessageId } = await messaging.sns.send(
    new PublishCommand({
      TopicArn: ENTRIES.topicArn,
      Message: "x",
      MessageGroupId: "g",
      MessageDeduplicationId: "2",
    }),
  );
  expect(MessageId).toBeDefined();
  expect(await receiveAll(messaging)).toEqual(["x"]);
});

test("a folder is used by one cloud at a time, even within one process", async () => {
  const path = temporaryFolder();
  const first = openDataFolder(path);
  expect(() => openDataFolder(path)).toThrow(
    `Another Parley cloud (process ${process.pid}) uses this folder: ${path}`,
  );
  first.release();
  openDataFolder(path).release();
});

test("a folder in use by another process is refused until that process ends", async () => {
  const path = temporaryFolder();
  const script = runScript("test/local/store-process.ts", path);
  await script.says(/filled/);
  expect(() => openDataFolder(path)).toThrow(`(process ${script.child.pid})`);
  await script.killHard();
  openDataFolder(path).release();
});
