import { describe, expect, test } from "vitest";
import { ROUTES } from "../../wiring/manifest.ts";
import { asList, ENVIRONMENT_CASES, type Resource, rendered, synthesize } from "./synthesized.ts";

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Principal?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Types whose policies say who may use a resource, and the property that names the resources. */
const POLICIES = {
  "AWS::SNS::TopicPolicy": "Topics",
  "AWS::SQS::QueuePolicy": "Queues",
} as const;

const NOBODY_WITHOUT_TLS = 'Deny * if {"Bool":{"aws:SecureTransport":"false"}}';

const alarmsOf = (env: string) => {
  const alarms = `arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:parley-${env}-*`;
  const condition = {
    StringEquals: { "aws:SourceAccount": "AWS::AccountId" },
    ArnLike: { "aws:SourceArn": alarms },
  };
  return `Allow cloudwatch.amazonaws.com sns:Publish if ${JSON.stringify(condition)}`;
};

describe.for(ENVIRONMENT_CASES)("in $env", (context) => {
  const { ofType, template } = synthesize(context);
  const { env } = context;

  /** Returns the policy statements of a type of resource, by resource. */
  function policies(type: keyof typeof POLICIES): Record<string, string[]> {
    const entries = Object.values(ofType(type)).flatMap(({ Properties }) =>
      asList<unknown>(Properties[POLICIES[type]]).map((resource) => [
        rendered(resource),
        Properties.PolicyDocument.Statement.map(asLine).sort(),
      ]),
    );
    return Object.fromEntries(entries);
  }

  /** Returns the topics from which a queue gets messages: its own, or those whose failed deliveries it keeps. */
  function topicsOf(queue: string): Set<string> {
    const subscriptions = Object.values(ofType("AWS::SNS::Subscription")).filter(
      ({ Properties }) =>
        rendered(Properties.Endpoint) === queue ||
        rendered(Properties.RedrivePolicy.deadLetterTargetArn) === queue,
    );
    return new Set(subscriptions.map(({ Properties }) => rendered(Properties.TopicArn)));
  }

  test("a queue takes messages from its topic only, and from nobody without TLS", () => {
    const expected = Object.keys(ofType("AWS::SQS::Queue")).map((queue) => [
      queue,
      [
        ...[...topicsOf(queue)].map(
          (topic) => `Allow sns.amazonaws.com sqs:SendMessage if {"ArnEquals":{"aws:SourceArn":"${topic}"}}`,
        ),
        `${NOBODY_WITHOUT_TLS}: sqs:*`,
      ].sort(),
    ]);
    expect(policies("AWS::SQS::QueuePolicy")).toEqual(Object.fromEntries(expected));
  });

  test("a topic's policy admits only alarms: publishers and subscribers need their own permission", () => {
    const expected = Object.keys(ofType("AWS::SNS::Topic")).map((topic) => [
      topic,
      [...(topic === "AlarmsTopic" ? [alarmsOf(env)] : []), `${NOBODY_WITHOUT_TLS}: sns:Publish`],
    ]);
    expect(policies("AWS::SNS::TopicPolicy")).toEqual(Object.fromEntries(expected));
  });

  test("nobody but API Gateway may invoke a function, each route its own, of this API", () => {
    const sources = Object.values(ofType("AWS::Lambda::Permission")).map(({ Properties }) => {
      expect(Properties).toMatchObject({
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
      });
      return rendered(Properties.SourceArn).replace(
        /^arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:/,
        "",
      );
    });
    const [authorizer] = Object.keys(ofType("AWS::ApiGatewayV2::Authorizer"));
    expect(sources.sort()).toEqual(
      [
        `WebSocketApi/authorizers/${authorizer}`,
        ...Object.keys(ROUTES).map((route) => `WebSocketApi/*${route}`),
      ].sort(),
    );
  });

  test("a role is assumed by a single AWS service", () => {
    const principals = Object.values(ofType("AWS::IAM::Role")).flatMap(({ Properties }) =>
      Properties.AssumeRolePolicyDocument.Statement.map((statement: Statement) => asLine(statement)),
    );
    expect([...new Set(principals)].sort()).toEqual([
      "Allow apigateway.amazonaws.com sts:AssumeRole",
      "Allow lambda.amazonaws.com sts:AssumeRole",
    ]);
  });

  test("no statement allows every principal or every action", () => {
    const found = statements(template.toJSON());
    expect(found.length).toBeGreaterThan(50);
    const allowing = found.filter(({ Effect }) => Effect === "Allow");
    expect(allowing.filter(({ Principal }) => JSON.stringify(Principal)?.includes('"*"'))).toEqual([]);
    expect(allowing.filter(({ Action }) => asList(Action).some((action) => action.includes("*")))).toEqual(
      [],
    );
    expect(allowing.filter((statement) => "NotAction" in statement || "NotResource" in statement)).toEqual(
      [],
    );
  });

  test("resources that hold data are encrypted at rest", () => {
    const unencrypted = (type: string, isEncrypted: (properties: Resource["Properties"]) => boolean) =>
      Object.entries(ofType(type)).filter(([, { Properties }]) => !isEncrypted(Properties));
    expect(
      unencrypted("AWS::DynamoDB::Table", ({ SSESpecification }) => SSESpecification.SSEEnabled),
    ).toEqual([]);
    expect(unencrypted("AWS::SQS::Queue", ({ SqsManagedSseEnabled }) => SqsManagedSseEnabled)).toEqual([]);
  });
});

/** Returns a statement as one line. */
function asLine({ Effect, Action, Principal, Condition }: Statement): string {
  const conditions = Condition === undefined ? "" : ` if ${JSON.stringify(resolved(Condition))}`;
  const actions = asList(Action).join(", ");
  const who = `${Effect} ${principalOf(Principal)}`;
  return Effect === "Deny" ? `${who}${conditions}: ${actions}` : `${who} ${actions}${conditions}`;
}

function principalOf(principal: unknown): string {
  if (typeof principal !== "object" || principal === null) return String(principal);
  return Object.values(principal)
    .flatMap((names) => asList<unknown>(names).map(rendered))
    .join(", ");
}

function resolved(condition: NonNullable<Statement["Condition"]>): unknown {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, rendered(value)])),
    ]),
  );
}

/** Returns every policy statement of a template. */
function statements(template: unknown): Statement[] {
  const found: Statement[] = [];
  JSON.stringify(template, (key, value) => {
    if (key === "Statement") found.push(...asList<Statement>(value));
    return value;
  });
  return found;
}
