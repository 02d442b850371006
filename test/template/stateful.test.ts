import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Config, EnvironmentName } from "../../cdk/config/config.ts";
import { type Resource, rendered, synthesizeWith } from "./synthesized.ts";

/**
 * Types of resources that hold data or that have an address known outside, with the properties whose change makes
 * CloudFormation replace the resource or fail ("Update requires: Replacement" on the page of each type).
 */
const REPLACED_WITH: Readonly<Record<string, readonly string[]>> = {
  "AWS::ApiGatewayV2::Api": ["ProtocolType"],
  "AWS::ApiGatewayV2::ApiMapping": ["DomainName"],
  "AWS::ApiGatewayV2::DomainName": ["DomainName"],
  "AWS::ApiGatewayV2::Stage": ["ApiId", "StageName"],
  "AWS::CloudFront::Distribution": [],
  "AWS::Cognito::UserPool": ["AliasAttributes", "Schema", "UsernameAttributes", "UsernameConfiguration"],
  "AWS::Cognito::UserPoolClient": ["GenerateSecret", "UserPoolId"],
  "AWS::Cognito::UserPoolDomain": ["Domain", "UserPoolId"],
  "AWS::DynamoDB::Table": ["AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "TableName"],
  "AWS::Lambda::EventSourceMapping": ["EventSourceArn"],
  "AWS::SNS::Subscription": ["Endpoint", "Protocol", "TopicArn"],
  "AWS::SNS::Topic": ["FifoTopic", "TopicName"],
  "AWS::SQS::Queue": ["FifoQueue", "QueueName"],
};

/** Returns one line per resource: its type and those of the properties above that are set. */
function statefulResources(change: Partial<Config>, environment: EnvironmentName): Record<string, string> {
  const { template } = synthesizeWith(change, environment);
  const resources: [string, Resource][] = Object.entries(template.toJSON().Resources);
  const lines = resources.flatMap(([id, { Type, Properties = {} }]) => {
    const set = REPLACED_WITH[Type]?.filter((property) => Properties[property] !== undefined);
    if (set === undefined) return [];
    const line = [Type, ...set.map((property) => `${property}=${readable(Properties[property])}`)].join(" ");
    return [[id, line.replace(new RegExp(`(StageName=|parley-)${environment}`), "$1<environment>")]];
  });
  return Object.fromEntries(lines);
}

/** Returns a name, a reference, or a list of pairs as text: `pk:HASH,sk:RANGE`. */
function readable(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => Object.values(item).join(":")).join(",");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.keys(value).some((key) => key === "Ref" || key.startsWith("Fn::"))
    ? rendered(value)
    : Object.entries(value)
        .map((pair) => pair.join(":"))
        .join(",");
}

const file = join(import.meta.dirname, "stateful.json");
/** Reviewed lines, changed by hand and never by a flag of the test runner, so that every change is a conscious one. */
const reviewed = JSON.parse(readFileSync(file, "utf8"));

const DOMAIN = {
  name: "chat.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b",
};
const EVERYWHERE: Record<string, string> = reviewed["every environment"];
const STAGING: Record<string, string> = { ...EVERYWHERE, ...reviewed["with alarms"] };
const PROD: Record<string, string> = { ...STAGING, ...reviewed.prod };

/** Environments as they are, and with optional configuration. */
const CASES: [string, EnvironmentName, Partial<Config>, Record<string, string>][] = [
  ["dev", "dev", {}, EVERYWHERE],
  ["staging", "staging", {}, STAGING],
  ["prod", "prod", {}, PROD],
  ["prod with a domain", "prod", { domain: DOMAIN }, { ...PROD, ...reviewed["with a domain"] }],
  ["prod with the web page", "prod", { web: {} }, { ...PROD, ...reviewed["with the web page"] }],
  ["prod with a restored table", "prod", { restoredTable: "parley-restored", epochFloor: 2 }, PROD],
];

test.for(CASES)(
  "nothing that holds data in %s is replaced or removed",
  ([, environment, change, expected]) => {
    expect(statefulResources(change, environment)).toEqual(expected);
  },
);
