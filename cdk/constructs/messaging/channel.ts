import { type RemovalPolicy, Stack } from "aws-cdk-lib";
import { EventSourceMapping, type IFunction } from "aws-cdk-lib/aws-lambda";
import { type Subscription, SubscriptionFilter, Topic } from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { laneFilterPolicy, laneSuffix } from "../../../wiring/lanes.ts";
import type { ChannelSpec, EnvKey } from "../../../wiring/manifest.ts";
import { fixLogicalId } from "../data/fixed-logical-id.ts";
import { type Capability, permission } from "../functions/capability.ts";
import { queueProps, topicProps } from "./channel-attributes.ts";

export interface ChannelProps {
  readonly spec: ChannelSpec;
  /** Channel whose topic this channel's queues subscribe to. @default a topic of its own */
  readonly topicOf?: Channel;
  /** Variable that holds the topic's ARN for publishers. */
  readonly topicVariable: EnvKey;
  /** Variable that holds the queues' URLs, for changing the visibility of failed records and for reading the depth. */
  readonly queueVariable: EnvKey;
  /** Number of queues that share the topic's messages. */
  readonly lanes: number;
  /** Most concurrent batches, all lanes together. */
  readonly maximumConcurrency: number;
  /** False stops the triggers: records wait in the queues. */
  readonly flowing: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/** Actions that Lambda's poller needs, and changing the visibility of failed records. */
const CONSUME_ACTIONS = [
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
  "sqs:ChangeMessageVisibility",
];

/** Lambda's minimum for the maximum concurrency of a trigger. */
const MIN_TRIGGER_CONCURRENCY = 2;

/** Concurrency of one lane, rounded up: all lanes together may slightly exceed the maximum. */
export function concurrencyPerLane(maximum: number, lanes: number): number {
  return Math.max(MIN_TRIGGER_CONCURRENCY, Math.ceil(maximum / lanes));
}

/**
 * A topic (its own or another channel's), the queues (one, or several lanes) that get its messages raw, and a
 * dead-letter queue for records that the consumer fails too often and for messages that the topic cannot deliver. The id
 * is also the prefix of the logical ids.
 */
export class Channel extends Construct {
  readonly topic: Topic;
  /** The lanes, in order. */
  readonly queues: readonly Queue[];
  readonly deadLetterQueue: Queue;
  /** Queue for dead letters that their consumer could not finish either. */
  readonly parkedQueue: Queue | undefined;
  readonly #props: ChannelProps;

  constructor(scope: Construct, id: string, props: ChannelProps) {
    super(scope, id);
    this.#props = props;
    const { spec } = props;

    this.topic = props.topicOf?.topic ?? this.#createTopic(id);
    if (spec.deadLetters !== undefined) {
      this.parkedQueue = this.#createQueue("ParkedQueue", spec.deadLetters.parkedQueueAttributes);
    }
    this.deadLetterQueue = this.#createQueue(
      "DeadLetterQueue",
      spec.deadLetterQueueAttributes,
      this.parkedQueue && {
        queue: this.parkedQueue,
        maxReceiveCount: spec.deadLetters?.maxReceiveCount ?? 0,
      },
    );
    const deadLetterQueue = { queue: this.deadLetterQueue, maxReceiveCount: spec.maxReceiveCount };
    this.queues = Array.from({ length: props.lanes }, (_, lane) =>
      this.#createQueue(`Queue${laneSuffix(lane)}`, spec.queueAttributes, deadLetterQueue),
    );
    const subscriptions = this.queues.map((queue, lane) => this.#subscribe(queue, lane));
    // When lanes are added, the new ones must exist before the old ones stop accepting the new ones' conversations.
    for (const [lane, subscription] of subscriptions.entries()) {
      const next = subscriptions[lane + 1];
      if (next !== undefined) subscription.node.addDependency(next);
    }
  }

  /** Most concurrent invocations of the consumer, all lanes together. */
  get concurrencyCap(): number {
    return concurrencyPerLane(this.#props.maximumConcurrency, this.#props.lanes) * this.#props.lanes;
  }

  publish(): Capability {
    return permission(
      { [this.#props.topicVariable]: this.topic.topicArn },
      ["sns:Publish"],
      [this.topic.topicArn],
    );
  }

  consume(): Capability {
    return this.#queuesFor(CONSUME_ACTIONS);
  }

  /** Allows reading the queues' depth. */
  observe(): Capability {
    return this.#queuesFor(["sqs:GetQueueAttributes"]);
  }

  consumeDeadLetters(variable: EnvKey): Capability {
    return permission({ [variable]: this.deadLetterQueue.queueUrl }, CONSUME_ACTIONS, [
      this.deadLetterQueue.queueArn,
    ]);
  }

  park(variable: EnvKey): Capability {
    if (this.parkedQueue === undefined) throw new Error(`${this.node.path} has no parked queue`);
    return permission(
      { [variable]: this.parkedQueue.queueUrl },
      ["sqs:SendMessage"],
      [this.parkedQueue.queueArn],
    );
  }

  /** Lets the queues invoke their consumer. The consumer must have {@link consume}. */
  trigger(consumer: IFunction): void {
    const { spec, maximumConcurrency, lanes } = this.#props;
    const perLane = concurrencyPerLane(maximumConcurrency, lanes);
    for (const [lane, queue] of this.queues.entries()) {
      this.#trigger(`Trigger${laneSuffix(lane)}`, queue, consumer, spec.trigger.batchSize, perLane);
    }
  }

  /** Lets the dead-letter queue invoke its consumer. The consumer must have {@link consumeDeadLetters}. */
  triggerDeadLetters(consumer: IFunction): void {
    const trigger = this.#props.spec.deadLetters?.trigger;
    if (trigger === undefined) throw new Error(`${this.node.path} has no trigger for its dead letters`);
    const { batchSize, maximumConcurrency } = trigger;
    this.#trigger("DeadLetterTrigger", this.deadLetterQueue, consumer, batchSize, maximumConcurrency);
  }

  #trigger(id: string, queue: Queue, target: IFunction, batchSize: number, maxConcurrency: number): void {
    // SqsEventSource would also grant sqs:GetQueueUrl, which no function calls.
    const trigger = new EventSourceMapping(this, id, {
      target,
      eventSourceArn: queue.queueArn,
      batchSize,
      maxConcurrency,
      reportBatchItemFailures: true,
      // Always set: removing the property later might not enable the trigger again.
      enabled: this.#props.flowing,
    });
    // Lambda refuses a second mapping of the same queue and function, so a replacement would fail to deploy.
    fixLogicalId(trigger, `${this.node.id}${id}`);
  }

  #subscribe(queue: Queue, lane: number): Subscription {
    const { spec, lanes } = this.#props;
    const policy = laneFilterPolicy(spec.filterPolicy, lane, lanes);
    const subscription = this.topic.addSubscription(
      new SqsSubscription(queue, {
        rawMessageDelivery: true,
        deadLetterQueue: this.deadLetterQueue,
        filterPolicy: policy && filterPolicy(policy),
      }),
    );
    // SNS returns the same subscription for the same queue, so a replacement would end by deleting it.
    fixLogicalId(subscription, `${this.node.id}Subscription${laneSuffix(lane)}`);
    return subscription;
  }

  #queuesFor(actions: readonly string[]): Capability {
    const urls = this.queues.map(({ queueUrl }) => queueUrl).join(",");
    const arns = this.queues.map(({ queueArn }) => queueArn);
    return permission({ [this.#props.queueVariable]: urls }, actions, arns);
  }

  #createTopic(id: string): Topic {
    const attributes = topicProps(this.#props.spec.topicAttributes);
    const topic = new Topic(this, "Topic", {
      ...attributes,
      // CDK would name a FIFO topic after its construct path: moving the construct would replace the topic.
      ...(attributes.fifo && { topicName: `${Stack.of(this).stackName}-${id}.fifo` }),
      enforceSSL: true,
    });
    fixLogicalId(topic, `${id}Topic`);
    return topic;
  }

  #createQueue(
    name: string,
    attributes: ChannelSpec["queueAttributes"],
    deadLetterQueue?: { queue: Queue; maxReceiveCount: number },
  ): Queue {
    const queue = new Queue(this, name, {
      ...queueProps(attributes),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: this.#props.removalPolicy,
      ...(deadLetterQueue && { deadLetterQueue }),
    });
    fixLogicalId(queue, `${this.node.id}${name}`);
    return queue;
  }
}

function filterPolicy(policy: NonNullable<ChannelSpec["filterPolicy"]>): Record<string, SubscriptionFilter> {
  return Object.fromEntries(
    Object.entries(policy).map(([attribute, allowlist]) => [
      attribute,
      SubscriptionFilter.stringFilter({ allowlist: [...allowlist] }),
    ]),
  );
}
