import { describe, expect, test } from "vitest";
import { tableInput, timeToLiveInput } from "../../local/dynamodb/table.ts";
import { functionEnvironment } from "../../local/lambda/environment.ts";
import { channelInputs, lanesOf } from "../../local/messaging/resources.ts";
import { laneSuffix } from "../../wiring/lanes.ts";
import {
  type ChannelName,
  ENV,
  type EnvKey,
  FUNCTIONS,
  ROUTE_THROTTLES,
  STAGE_THROTTLE,
} from "../../wiring/manifest.ts";
import { FUNCTION_CASES, rendered, synthesize } from "./synthesized.ts";

// The embedded cloud and the stack are both built from the manifest. These tests check that they agree.

const dev = synthesize();
const prod = synthesize({ env: "prod" });
const REGION = "eu-central-1";

/** Attributes as strings: CloudFormation has numbers and booleans where the APIs have strings. */
function strings(
  properties: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.filter((name) => name in properties).map((name) => [name, String(properties[name])]),
  );
}

const QUEUE_ATTRIBUTES = [
  "FifoQueue",
  "DeduplicationScope",
  "FifoThroughputLimit",
  "VisibilityTimeout",
  "MessageRetentionPeriod",
  "ContentBasedDeduplication",
  "DelaySeconds",
];
const TOPIC_ATTRIBUTES = ["FifoTopic", "FifoThroughputScope", "ContentBasedDeduplication"];

const CHANNELS: [ChannelName, prefix: string, lanes: number, topic: string][] = [
  ["entries", "Entries", 1, "EntriesTopic"],
  ["entries", "Entries", 4, "EntriesTopic"],
  ["outbound", "Outbound", 1, "OutboundTopic"],
  ["presence", "Presence", 1, "OutboundTopic"],
];

function properties(type: string, logicalId: string, stack = dev): Readonly<Record<string, unknown>> {
  const resource = stack.ofType(type)[logicalId];
  if (resource === undefined) throw new Error(`no ${logicalId} in the template`);
  return resource.Properties ?? {};
}

describe.for(CHANNELS)("the embedded channel %s (%s, lanes: %d)", ([channel, prefix, lanes, topic]) => {
  const local = channelInputs(channel, REGION, { lanes });
  const stack = lanes === 1 ? dev : prod;
  const queueOf = (name: string) => properties("AWS::SQS::Queue", `${prefix}${name}`, stack);

  test("has the topic and queues of the template", () => {
    expect(local.topic.Attributes).toEqual(
      strings(properties("AWS::SNS::Topic", topic, stack), TOPIC_ATTRIBUTES),
    );
    for (const [lane, { queue }] of lanesOf(local).entries()) {
      expectAlike(queue.Attributes, queueOf(`Queue${laneSuffix(lane)}`));
    }
    expectAlike(local.deadLetterQueue.Attributes, queueOf("DeadLetterQueue"));
    if (local.parkedQueue !== undefined) expectAlike(local.parkedQueue.Attributes, queueOf("ParkedQueue"));
    const queues = Object.keys(stack.ofType("AWS::SQS::Queue")).filter((id) => id.startsWith(prefix));
    expect(queues).toHaveLength(lanes + 1 + (local.parkedQueue === undefined ? 0 : 1));
  });

  test("subscribes the queues as the template does", () => {
    for (const [lane, { subscription }] of lanesOf(local).entries()) {
      const id = `${prefix}Subscription${laneSuffix(lane)}`;
      const { RawMessageDelivery, FilterPolicy, RedrivePolicy } = properties(
        "AWS::SNS::Subscription",
        id,
        stack,
      );
      const { RedrivePolicy: localPolicy = "", ...attributes } = subscription.Attributes;
      expect(attributes).toEqual({
        RawMessageDelivery: String(RawMessageDelivery),
        ...(FilterPolicy !== undefined && { FilterPolicy: JSON.stringify(FilterPolicy) }),
      });
      expect(JSON.parse(localPolicy)).toEqual({ deadLetterTargetArn: local.deadLetterQueueArn });
      expect(rendered((RedrivePolicy as { deadLetterTargetArn: unknown }).deadLetterTargetArn)).toBe(
        `${prefix}DeadLetterQueue`,
      );
    }
  });
});

/** Expects an embedded queue and one of the template to have the same attributes and the same number of receives before a dead letter. */
function expectAlike(
  { RedrivePolicy, ...attributes }: Record<string, string> = {},
  queue: Readonly<Record<string, unknown>>,
): void {
  expect(attributes).toEqual(strings(queue, QUEUE_ATTRIBUTES));
  const policy = queue.RedrivePolicy as { maxReceiveCount: number } | undefined;
  expect(RedrivePolicy === undefined ? undefined : JSON.parse(RedrivePolicy).maxReceiveCount).toBe(
    policy?.maxReceiveCount,
  );
}

test("the embedded stage is throttled as the one of prod", () => {
  const { DefaultRouteSettings, RouteSettings } = properties(
    "AWS::ApiGatewayV2::Stage",
    "WebSocketStage",
    prod,
  );
  expect({
    rateLimit: (DefaultRouteSettings as Record<string, number>).ThrottlingRateLimit,
    burstLimit: (DefaultRouteSettings as Record<string, number>).ThrottlingBurstLimit,
  }).toEqual(STAGE_THROTTLE);
  const routeSettings = Object.entries(ROUTE_THROTTLES).map(([routeKey, { rateLimit, burstLimit }]) => [
    routeKey,
    { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit },
  ]);
  expect(RouteSettings).toEqual(Object.fromEntries(routeSettings));
});

test("the embedded table has the keys and the time to live of the template", () => {
  const { KeySchema, AttributeDefinitions, BillingMode, TimeToLiveSpecification } = properties(
    "AWS::DynamoDB::Table",
    "ChatTable",
  );
  const local = tableInput("any");
  expect(local).toMatchObject({ KeySchema, AttributeDefinitions, BillingMode });
  expect(timeToLiveInput("any").TimeToLiveSpecification).toEqual(TimeToLiveSpecification);
});

describe("a function has the same variables here and there", () => {
  const wiring = Object.fromEntries(Object.keys(ENV).map((key) => [key, key])) as Record<EnvKey, string>;
  const endpoints = { dynamodb: "d", sns: "n", sqs: "q" };

  test.for(FUNCTION_CASES)("$name", ({ name }) => {
    const ours = (variables: object) =>
      Object.keys(variables).filter((variable) => variable.startsWith("PARLEY_"));
    const { Environment, Timeout } = properties("AWS::Lambda::Function", dev.functionId(name)) as {
      Environment: { Variables: Record<string, unknown> };
      Timeout: number;
    };
    expect(
      ours(functionEnvironment(name, wiring, endpoints, { region: REGION, logLevel: "INFO" })).sort(),
    ).toEqual(ours(Environment.Variables).sort());
    expect(Timeout).toBe(FUNCTIONS[name].timeoutSeconds);
  });
});
