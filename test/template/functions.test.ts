import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { describe, expect, test } from "vitest";
import { type Capability, setting } from "../../cdk/constructs/functions/capability.ts";
import { ChatFunction } from "../../cdk/constructs/functions/chat-function.ts";
import { ENV, FUNCTION_NAMES, FUNCTIONS, type FunctionSpec, memoryMbOf } from "../../wiring/manifest.ts";
import { FUNCTION_CASES, INGEST_CASES, rendered, synthesize, synthesizeWith } from "./synthesized.ts";

const dev = synthesize();
const functions = dev.ofType("AWS::Lambda::Function");

test("there is exactly one function for each function of the manifest", () => {
  expect(Object.keys(functions).sort()).toEqual(FUNCTION_NAMES.map(dev.functionId).sort());
});

describe("a function is deployed as the manifest says", () => {
  test.for(FUNCTION_CASES)("$name", ({ name }) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    expect(functions[dev.functionId(name)]?.Properties).toMatchObject({
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      Timeout: spec.timeoutSeconds,
      MemorySize: memoryMbOf(name, "direct"),
      Description: spec.description,
    });
  });

  test.for(FUNCTION_CASES)("$name: variables", ({ name }) => {
    const spec: FunctionSpec = FUNCTIONS[name];
    expect(Object.keys(functions[dev.functionId(name)]?.Properties.Environment.Variables).sort()).toEqual(
      [...spec.env.map((key) => ENV[key]), "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"].sort(),
    );
  });
});

test("each variable refers to the resource in its name", () => {
  const variables = Object.assign(
    {},
    ...Object.values(functions).map(({ Properties }) => Properties.Environment.Variables),
  );
  const values = Object.fromEntries(Object.values(ENV).map((name) => [name, rendered(variables[name])]));
  expect(values).toEqual({
    PARLEY_NAME: "parley-dev",
    PARLEY_TABLE: "ChatTable",
    PARLEY_ENTRIES_TOPIC_ARN: "EntriesTopic",
    PARLEY_ENTRIES_QUEUE_URLS: "EntriesQueue",
    PARLEY_ENTRIES_DEAD_LETTER_QUEUE_URL: "EntriesDeadLetterQueue",
    PARLEY_PARKED_QUEUE_URL: "EntriesParkedQueue",
    PARLEY_ADMISSION_DEPTH: "20000",
    PARLEY_OUTBOUND_TOPIC_ARN: "OutboundTopic",
    PARLEY_NOTICES_QUEUE_URL: "NoticesQueue",
    PARLEY_OUTBOUND_QUEUE_URL: "OutboundQueue",
    PARLEY_PRESENCE_QUEUE_URL: "PresenceQueue",
    PARLEY_MANAGEMENT_ENDPOINT: "https://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/dev",
    PARLEY_ISSUER: "https://cognito-idp.AWS::Region.AWS::URLSuffix/UserPool",
    PARLEY_AUDIENCE: "UserPoolClient",
    PARLEY_USER_CLAIM: "username",
    PARLEY_ALLOWED_ORIGINS: "*",
    PARLEY_EPOCH_FLOOR: "1",
    PARLEY_RETENTION_DAYS: "0",
    PARLEY_WHO_MAY_ADD: "anyone",
    PARLEY_EVENTS: "message.undelivered,member",
    PARLEY_INGEST: "direct",
  });
});

describe.for(INGEST_CASES)("with ingest $ingest", ({ ingest }) => {
  const stack = synthesizeWith({ ingest });
  const propertiesOf = (name: (typeof FUNCTION_NAMES)[number]) =>
    stack.ofType("AWS::Lambda::Function")[stack.functionId(name)]?.Properties;

  test("send is told the mode", () => {
    expect(propertiesOf("send")?.Environment.Variables.PARLEY_INGEST).toBe(ingest);
  });

  test("send has the memory that its work needs", () => {
    const commit = propertiesOf("commit")?.MemorySize;
    expect(propertiesOf("send")?.MemorySize).toBe(ingest === "direct" ? commit : 256);
  });
});

describe("a function whose variables differ from the manifest cannot be built:", () => {
  const disconnect = (...uses: Capability[]) =>
    new ChatFunction(new Stack(new App()), "Disconnect", {
      name: "disconnect",
      code: Code.fromInline("disconnect"),
      uses,
      ingest: "direct",
      logLevel: "INFO",
      logRetention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
      tracing: false,
    });

  test("one is missing", () => {
    expect(() => disconnect(setting({ name: "n", outboundTopicArn: "o" }))).toThrow(
      "No capability sets table for the function disconnect",
    );
  });

  test("one is too many", () => {
    expect(() => disconnect(setting({ name: "n", table: "t", outboundTopicArn: "o", issuer: "i" }))).toThrow(
      "The manifest does not list issuer for the function disconnect",
    );
  });
});
