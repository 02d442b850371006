import { describe, expect, test } from "vitest";
import { queueProps, topicProps } from "../../cdk/constructs/messaging/channel-attributes.ts";
import { CHANNELS, type ChannelSpec, FUNCTIONS } from "../../wiring/manifest.ts";
import { type Resource, rendered, type Synthesized, synthesize } from "./synthesized.ts";

const dev = synthesize();

function queue(logicalId: string): Resource["Properties"] {
  return dev.ofType("AWS::SQS::Queue")[logicalId]?.Properties ?? {};
}

test("frames keep the order of their conversation, with high throughput per message group", () => {
  expect(dev.ofType("AWS::SNS::Topic").EntriesTopic?.Properties).toMatchObject({
    FifoTopic: true,
    ContentBasedDeduplication: false,
    FifoThroughputScope: "MessageGroup",
  });
  expect(queue("EntriesQueue")).toMatchObject({
    FifoQueue: true,
    DeduplicationScope: "messageGroup",
    FifoThroughputLimit: "perMessageGroupId",
  });
  expect(queue("EntriesDeadLetterQueue")).toMatchObject({ FifoQueue: true });
});

test("the name of the FIFO topic does not depend on the construct tree, so no refactoring replaces the topic", () => {
  expect(dev.ofType("AWS::SNS::Topic").EntriesTopic?.Properties.TopicName).toBe("parley-dev-Entries.fifo");
});

test("the outbound topic and queue are not FIFO", () => {
  expect(dev.ofType("AWS::SNS::Topic").OutboundTopic?.Properties ?? {}).not.toHaveProperty("FifoTopic");
  expect(queue("OutboundQueue")).not.toHaveProperty("FifoQueue");
});

test("the outbound queue gets only deliveries from its topic", () => {
  expect(dev.ofType("AWS::SNS::Subscription").OutboundSubscription?.Properties.FilterPolicy).toEqual({
    type: ["deliver.entries", "deliver.answer", "deliver.shard"],
  });
});

test("presence and late receipts have a queue of their own, so that no message waits for them", () => {
  expect(dev.ofType("AWS::SNS::Subscription").NoticesSubscription?.Properties.FilterPolicy).toEqual({
    type: [
      "presence.online",
      "presence.offline",
      "deliver.presence",
      "deliver.notice",
      "deliver.receipt",
      "deliver.first-words",
    ],
  });
  expect(dev.ofType("AWS::Lambda::EventSourceMapping").NoticesTrigger?.Properties).toMatchObject({
    BatchSize: 10,
    ScalingConfig: { MaximumConcurrency: 5 },
  });
});

function triggersOf({ ofType }: Synthesized, queueId: string) {
  return Object.values(ofType("AWS::Lambda::EventSourceMapping"))
    .filter(({ Properties }) => rendered(Properties.EventSourceArn) === queueId)
    .map(({ Properties }) => ({ ...Properties, FunctionName: rendered(Properties.FunctionName) }));
}

test("dead letters of the entries trigger their function, and records it cannot finish are parked for 14 days", () => {
  const { trigger } = CHANNELS.entries.deadLetters;
  expect(triggersOf(dev, "EntriesDeadLetterQueue")).toMatchObject([
    {
      FunctionName: dev.functionId("dead-letter"),
      BatchSize: trigger.batchSize,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    },
  ]);
  const { RedrivePolicy, VisibilityTimeout } = queue("EntriesDeadLetterQueue");
  expect(rendered(RedrivePolicy.deadLetterTargetArn)).toBe("EntriesParkedQueue");
  expect(RedrivePolicy.maxReceiveCount).toBeGreaterThan(queue("EntriesQueue").RedrivePolicy.maxReceiveCount);
  expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * FUNCTIONS["dead-letter"].timeoutSeconds);
  expect(queue("EntriesParkedQueue")).toMatchObject({
    FifoQueue: true,
    MessageRetentionPeriod: 1_209_600,
    SqsManagedSseEnabled: true,
  });
  expect(triggersOf(dev, "EntriesParkedQueue")).toEqual([]);
});

describe("with four lanes", () => {
  const prod = synthesize({ env: "prod" });
  const lanes = ["", "1", "2", "3"];

  test("each takes its digits, and together they take every digit once", () => {
    const digits = lanes.map(
      (lane) =>
        prod.ofType("AWS::SNS::Subscription")[`EntriesSubscription${lane}`]?.Properties.FilterPolicy.lane,
    );
    expect(digits).toEqual([
      ["0", "4", "8", "c"],
      ["1", "5", "9", "d"],
      ["2", "6", "a", "e"],
      ["3", "7", "b", "f"],
    ]);
  });

  test("they share one dead-letter queue for failed records and undeliverable messages", () => {
    for (const lane of lanes) {
      const properties = prod.ofType("AWS::SQS::Queue")[`EntriesQueue${lane}`]?.Properties;
      expect(rendered(properties?.RedrivePolicy.deadLetterTargetArn)).toBe("EntriesDeadLetterQueue");
      const subscription = prod.ofType("AWS::SNS::Subscription")[`EntriesSubscription${lane}`]?.Properties;
      expect(rendered(subscription?.Endpoint)).toBe(`EntriesQueue${lane}`);
      expect(rendered(subscription?.RedrivePolicy.deadLetterTargetArn)).toBe("EntriesDeadLetterQueue");
    }
  });

  test("each triggers commit, and together they allow the same concurrency as a single lane", () => {
    for (const lane of lanes) {
      expect(triggersOf(prod, `EntriesQueue${lane}`)).toMatchObject([
        { FunctionName: prod.functionId("commit"), ScalingConfig: { MaximumConcurrency: 50 } },
      ]);
    }
  });

  test("a new lane is subscribed before an old one stops accepting its digits", () => {
    const subscriptions = prod.template.findResources("AWS::SNS::Subscription");
    for (const [lane, next] of [
      ["", "1"],
      ["1", "2"],
      ["2", "3"],
    ] as const) {
      expect(subscriptions[`EntriesSubscription${lane}`]?.DependsOn).toContain(`EntriesSubscription${next}`);
    }
  });
});

test("the presence queue delays records by the grace period and gets no other messages", () => {
  expect(queue("PresenceQueue").DelaySeconds).toBe(15);
  expect(queue("OutboundQueue")).not.toHaveProperty("DelaySeconds");
  expect(dev.ofType("AWS::SNS::Subscription").PresenceSubscription?.Properties.FilterPolicy).toEqual({
    type: ["presence.maybe-offline"],
  });
});

const CASES: [string, ChannelSpec, maxReceiveCount: number][] = [
  ["Entries", CHANNELS.entries, 15],
  ["Outbound", CHANNELS.outbound, 15],
  ["Notices", CHANNELS.notices, 15],
  ["Presence", CHANNELS.presence, 15],
];

describe.for(CASES)("the channel %s", ([name, spec, maxReceiveCount]) => {
  const subscription = dev.ofType("AWS::SNS::Subscription")[`${name}Subscription`]?.Properties ?? {};

  test("delivers its messages raw", () => {
    expect(subscription.RawMessageDelivery).toBe(true);
    expect(rendered(subscription.TopicArn)).toBe(`${spec.topicOf === undefined ? name : "Outbound"}Topic`);
    expect(rendered(subscription.Endpoint)).toBe(`${name}Queue`);
  });

  test("moves records that keep failing to a dead-letter queue", () => {
    const redrive = queue(`${name}Queue`).RedrivePolicy;
    expect(rendered(redrive.deadLetterTargetArn)).toBe(`${name}DeadLetterQueue`);
    expect(redrive.maxReceiveCount).toBe(maxReceiveCount);
    expect(queue(`${name}DeadLetterQueue`).MessageRetentionPeriod).toBe(1_209_600);
  });

  test("moves messages that its topic cannot deliver to a dead-letter queue", () => {
    expect(rendered(subscription.RedrivePolicy.deadLetterTargetArn)).toBe(`${name}DeadLetterQueue`);
  });

  test("has a visibility timeout of at least six times its consumer's timeout", () => {
    const consumer = FUNCTIONS[spec.trigger.function];
    expect(queue(`${name}Queue`).VisibilityTimeout).toBeGreaterThanOrEqual(6 * consumer.timeoutSeconds);
  });

  test("triggers its consumer, which reports failures per message", () => {
    expect(triggersOf(dev, `${name}Queue`)).toEqual([
      {
        Enabled: true,
        EventSourceArn: { "Fn::GetAtt": [`${name}Queue`, "Arn"] },
        FunctionName: dev.functionId(spec.trigger.function),
        BatchSize: spec.trigger.batchSize,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        ScalingConfig: { MaximumConcurrency: spec.trigger.maximumConcurrency },
        Tags: [{ Key: "parley:environment", Value: "dev" }],
      },
    ]);
  });

  test("is encrypted at rest", () => {
    expect(queue(`${name}Queue`).SqsManagedSseEnabled).toBe(true);
    expect(queue(`${name}DeadLetterQueue`).SqsManagedSseEnabled).toBe(true);
  });
});

test("a manifest attribute without a CDK property is an error", () => {
  expect(() => queueProps({ MaximumMessageSize: "1024" })).toThrow(/MaximumMessageSize/);
  expect(() => topicProps({ FifoThroughputScope: "Queue" })).toThrow(
    /Queue must be one of Topic, MessageGroup/,
  );
});
