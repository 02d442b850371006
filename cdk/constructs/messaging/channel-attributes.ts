import { Duration } from "aws-cdk-lib";
import { FifoThroughputScope, type TopicProps } from "aws-cdk-lib/aws-sns";
import { DeduplicationScope, FifoThroughputLimit, type QueueProps } from "aws-cdk-lib/aws-sqs";

/** Attributes by their names in the SNS and SQS APIs, as the manifest has them. Only this module maps them to CDK properties. */
type Attributes = Readonly<Record<string, string>>;

type Translation<Props> = Readonly<Record<string, (value: string) => Partial<Props>>>;

const TOPIC: Translation<TopicProps> = {
  FifoTopic: (value) => ({ fifo: value === "true" }),
  ContentBasedDeduplication: (value) => ({ contentBasedDeduplication: value === "true" }),
  FifoThroughputScope: (value) => ({ fifoThroughputScope: memberOf(FifoThroughputScope, value) }),
};

const QUEUE: Translation<QueueProps> = {
  FifoQueue: (value) => ({ fifo: value === "true" }),
  DeduplicationScope: (value) => ({ deduplicationScope: memberOf(DeduplicationScope, value) }),
  FifoThroughputLimit: (value) => ({ fifoThroughputLimit: memberOf(FifoThroughputLimit, value) }),
  DelaySeconds: (value) => ({ deliveryDelay: Duration.seconds(Number(value)) }),
  VisibilityTimeout: (value) => ({ visibilityTimeout: Duration.seconds(Number(value)) }),
  MessageRetentionPeriod: (value) => ({ retentionPeriod: Duration.seconds(Number(value)) }),
};

export function topicProps(attributes: Attributes): TopicProps {
  return translate(TOPIC, attributes);
}

export function queueProps(attributes: Attributes): QueueProps {
  return translate(QUEUE, attributes);
}

/** Maps attributes to CDK properties. Throws for an unknown attribute: dropping it would deploy something untested. */
function translate<Props>(translation: Translation<Props>, attributes: Attributes): Partial<Props> {
  const parts = Object.entries(attributes).map(([name, value]) => {
    const property = translation[name];
    if (!property)
      throw new Error(
        `The manifest's attribute ${name} has no CDK property: add it to channel-attributes.ts`,
      );
    return property(value);
  });
  return Object.assign({}, ...parts);
}

function memberOf<Member extends string>(members: Readonly<Record<string, Member>>, value: string): Member {
  const member = Object.values(members).find((candidate) => candidate === value);
  if (!member) throw new Error(`${value} must be one of ${Object.values(members).join(", ")}`);
  return member;
}
