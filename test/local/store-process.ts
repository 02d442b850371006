/** Fills the stores of a folder and waits to be killed. persistence.test.ts runs it in its own process. */
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PublishCommand } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { openDataFolder } from "../../local/data-folder.ts";
import { startDynamoDb } from "../../local/dynamodb/dynamodb.ts";
import { provisionTable } from "../../local/dynamodb/table.ts";
import { queueUrl, startMessaging } from "../../local/messaging/messaging.ts";
import { provisionChannel } from "../../local/messaging/provision.ts";
import { channelInputs } from "../../local/messaging/resources.ts";
import { clientConfig } from "../../local/util/sdk.ts";

const REGION = "eu-central-1";
const folder = openDataFolder(process.argv[2] ?? "");

const { endpoint } = await startDynamoDb({ dataDir: folder.dynamodb });
const table = new DynamoDBClient(clientConfig(endpoint, REGION));
await provisionTable(table, "parley");
await table.send(new PutItemCommand({ TableName: "parley", Item: { pk: { S: "a" }, sk: { S: "b" } } }));

const messaging = await startMessaging({ region: REGION, dataDir: folder.messaging });
const inputs = channelInputs("entries", REGION);
await provisionChannel(messaging, inputs);
for (const Message of ["1", "2", "3"]) {
  const group = { MessageGroupId: "g", MessageDeduplicationId: Message };
  await messaging.sns.send(new PublishCommand({ TopicArn: inputs.topicArn, Message, ...group }));
}
// This message is in flight when the process is killed.
const QueueUrl = queueUrl(messaging.endpoint, inputs.queue.QueueName);
await messaging.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
console.log(`filled, table at ${endpoint}`);
