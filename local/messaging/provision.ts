import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  InvalidParameterException,
  ListSubscriptionsByTopicCommand,
  type SNSClient,
  SubscribeCommand,
  type SubscribeCommandInput,
  type Subscription,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { type Messaging, queueUrl } from "./messaging.ts";
import { type ChannelInputs, lanesOf, type QueueInput, tableInput, timeToLiveInput } from "./resources.ts";

/** Creates the table unless an earlier start did. */
export async function provisionTable(client: DynamoDBClient, name: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableInput(name)));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
  await client.send(new UpdateTimeToLiveCommand(timeToLiveInput(name)));
}

/** Creates topic, queues and subscriptions of a channel, or gives what an earlier start made today's attributes. */
export async function provisionChannel(messaging: Messaging, inputs: ChannelInputs): Promise<void> {
  const { sns } = messaging;
  await provisionTopic(sns, inputs);
  if (inputs.parkedQueue !== undefined) await provisionQueue(messaging, inputs.parkedQueue);
  await provisionQueue(messaging, inputs.deadLetterQueue);
  for (const lane of lanesOf(inputs)) {
    await provisionQueue(messaging, lane.queue);
    await provisionSubscription(sns, lane.subscription);
  }
  await unsubscribeFormerLanes(sns, inputs);
}

async function provisionTopic(sns: SNSClient, { topic, topicArn }: ChannelInputs): Promise<void> {
  try {
    await sns.send(new CreateTopicCommand(topic));
  } catch (error) {
    if (!(error instanceof InvalidParameterException)) throw error;
    // fauxqs cannot change these attributes; a topic holds no messages, and its subscription is made below.
    await sns.send(new DeleteTopicCommand({ TopicArn: topicArn }));
    await sns.send(new CreateTopicCommand(topic));
  }
}

async function provisionQueue({ sqs, endpoint }: Messaging, input: QueueInput): Promise<void> {
  try {
    await sqs.send(new CreateQueueCommand(input));
  } catch (error) {
    // fauxqs spells the error so that the SDK does not recognise its own `QueueNameExists`.
    if (!(error instanceof Error && error.name.endsWith("QueueNameExists"))) throw error;
    const Attributes = Object.fromEntries(
      Object.entries(input.Attributes ?? {}).filter(([name]) => !NOT_SETTABLE.has(name)),
    );
    const QueueUrl = queueUrl(endpoint, input.QueueName);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
}

/** fauxqs takes these when a queue is created, makes no difference of them, and refuses them later. */
const NOT_SETTABLE = new Set(["DeduplicationScope", "FifoThroughputLimit"]);

async function provisionSubscription(sns: SNSClient, subscription: SubscribeCommandInput): Promise<void> {
  try {
    await sns.send(new SubscribeCommand(subscription));
  } catch (error) {
    if (!(error instanceof InvalidParameterException)) throw error;
    const existing = (await subscriptionsOf(sns, subscription.TopicArn)).find(
      (candidate) => candidate.Endpoint === subscription.Endpoint,
    );
    if (existing === undefined) throw error;
    // Nobody publishes while the cloud starts, so nothing is missed between the two.
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: existing.SubscriptionArn }));
    await sns.send(new SubscribeCommand(subscription));
  }
}

/** Nobody would work on what they get. */
async function unsubscribeFormerLanes(sns: SNSClient, inputs: ChannelInputs): Promise<void> {
  for (const { Endpoint = "", SubscriptionArn } of await subscriptionsOf(sns, inputs.topicArn)) {
    if (inputs.formerLaneArns.includes(Endpoint)) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
}

async function subscriptionsOf(sns: SNSClient, TopicArn: string | undefined): Promise<Subscription[]> {
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  return Subscriptions;
}
