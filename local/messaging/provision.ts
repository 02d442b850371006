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
import { CreateQueueCommand, QueueNameExists, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { type Channels, queueNames } from "./channels.ts";
import { type Messaging, queueUrl } from "./messaging.ts";
import { type ChannelInputs, lanesOf, type QueueInput } from "./resources.ts";

/** Creates the resources of all channels. Messages that an earlier process had received become visible again. */
export async function provisionChannels(messaging: Messaging, channels: Channels): Promise<void> {
  for (const inputs of Object.values(channels)) {
    await provisionChannel(messaging, inputs);
    for (const name of queueNames(inputs)) messaging.expireVisibility(name);
  }
}

/** Creates topic, queues and subscriptions of a channel, or updates the attributes of those an earlier start created. */
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
    // fauxqs cannot change these attributes. A topic holds no messages, and its subscriptions are created below.
    await sns.send(new DeleteTopicCommand({ TopicArn: topicArn }));
    await sns.send(new CreateTopicCommand(topic));
  }
}

async function provisionQueue({ sqs, endpoint }: Messaging, input: QueueInput): Promise<void> {
  try {
    await sqs.send(new CreateQueueCommand(input));
  } catch (error) {
    if (!(error instanceof QueueNameExists)) throw error;
    const Attributes = Object.fromEntries(
      Object.entries(input.Attributes ?? {}).filter(([name]) => !NOT_SETTABLE.has(name)),
    );
    const QueueUrl = queueUrl(endpoint, input.QueueName);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  }
}

/** Attributes that fauxqs accepts and ignores when a queue is created, and refuses later. */
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
    // Nobody publishes while the cloud starts, so no message is missed between these two calls.
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: existing.SubscriptionArn }));
    await sns.send(new SubscribeCommand(subscription));
  }
}

/** Unsubscribes lanes of an earlier start that no function polls any more. */
async function unsubscribeFormerLanes(sns: SNSClient, inputs: ChannelInputs): Promise<void> {
  for (const { Endpoint = "", SubscriptionArn } of await subscriptionsOf(sns, inputs.topicArn)) {
    if (inputs.formerLaneArns.includes(Endpoint)) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  }
}

async function subscriptionsOf(sns: SNSClient, TopicArn: string | undefined): Promise<Subscription[]> {
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  return Subscriptions;
}
