import { describe, expect, test } from "vitest";
import { FUNCTION_NAMES, type FunctionName } from "../../wiring/manifest.ts";
import { type Resource, rendered, type Synthesized, synthesize, synthesizeWith } from "./synthesized.ts";

const ENVIRONMENTS = ["dev", "staging", "prod"].map((env) => synthesize({ env }));

function resourcesOf({ template }: Synthesized): [logicalId: string, resource: Resource][] {
  return Object.entries(template.toJSON().Resources);
}

function functionOf(stack: Synthesized, name: FunctionName): Resource["Properties"] {
  return stack.ofType("AWS::Lambda::Function")[stack.functionId(name)]?.Properties ?? {};
}

/** Names that must be unique in an account and region. */
function ownNames(stack: Synthesized): string[] {
  // Unique in an API, not in the account.
  const shared = ["AWS::ApiGatewayV2::Stage", "AWS::ApiGatewayV2::Authorizer"];
  const own = resourcesOf(stack).filter(([, { Type }]) => !shared.includes(Type));
  return own.flatMap(([, { Type, Properties = {} }]) =>
    Object.entries(Properties)
      .filter(([property]) => /(?<!Metric)Name$/.test(property))
      .filter(([, value]) => typeof value === "string")
      .map(([property, value]) => `${Type} ${property} ${value}`),
  );
}

test("several environments fit into one account and region, because their names differ", () => {
  const names = ENVIRONMENTS.flatMap(ownNames);
  expect(names).toContain("AWS::SNS::Topic TopicName parley-dev-Entries.fifo");
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("no environment exports a name to other stacks", () => {
  for (const { template } of ENVIRONMENTS) {
    for (const output of Object.values(template.findOutputs("*")))
      expect(output).not.toHaveProperty("Export");
  }
});

test("every resource that can be tagged has the environment's tag and the configured tags", () => {
  const stack = synthesizeWith({ tags: { owner: "chat" } });
  const tagged = [
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
  ];
  for (const type of tagged) {
    const resources = Object.entries(stack.ofType(type));
    expect(resources.length, type).toBeGreaterThan(0);
    for (const [id, { Properties }] of resources) {
      const tags = Properties.Tags ?? Properties.UserPoolTags;
      const pairs = Array.isArray(tags)
        ? tags.map(({ Key, Value }) => [Key, Value])
        : Object.entries(tags ?? {});
      expect(Object.fromEntries(pairs), id).toEqual({ owner: "chat", "parley:environment": "dev" });
    }
  }
});

test("only the authorizer gets the allowed origins", () => {
  const stack = synthesizeWith({ allowedOrigins: ["https://app.example.com", "http://localhost:5173"] });
  expect(functionOf(stack, "authorize").Environment.Variables.PARLEY_ALLOWED_ORIGINS).toBe(
    "https://app.example.com,http://localhost:5173",
  );
});

test("concurrency is reserved only for the named functions", () => {
  const stack = synthesizeWith({ reservedConcurrency: { commit: 60, send: 30 } });
  const reserved = FUNCTION_NAMES.map((name) => [name, functionOf(stack, name).ReservedConcurrentExecutions]);
  expect(Object.fromEntries(reserved.filter(([, value]) => value !== undefined))).toEqual({
    commit: 60,
    send: 30,
  });
});

describe("tracing", () => {
  const traced = synthesizeWith({ tracing: true });

  test("is off by default", () => {
    expect(functionOf(synthesizeWith({}), "send")).not.toHaveProperty("TracingConfig");
  });

  test("covers every function and adds only the permission to write traces", () => {
    const actions = (stack: Synthesized, name: FunctionName) =>
      stack
        .ofType("AWS::IAM::Role")
        [rendered(functionOf(stack, name).Role)]?.Properties.Policies.flatMap(
          (policy: { PolicyDocument: { Statement: { Action: string | string[] }[] } }) =>
            policy.PolicyDocument.Statement.flatMap(({ Action }) => Action),
        )
        .sort();
    const plain = synthesizeWith({});
    for (const name of FUNCTION_NAMES) {
      expect(functionOf(traced, name).TracingConfig).toEqual({ Mode: "Active" });
      expect(actions(traced, name)).toEqual(
        [...actions(plain, name), "xray:PutTelemetryRecords", "xray:PutTraceSegments"].sort(),
      );
    }
    expect(traced.ofType("AWS::IAM::Policy")).toEqual({});
  });
});

describe("a custom domain", () => {
  const domain = {
    name: "chat.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b",
  };
  const stack = synthesizeWith({ domain: { ...domain, hostedZone: { id: "Z1", name: "example.com" } } });
  const outputs = stack.template.findOutputs("*");

  test("is the WebSocket URL, while the functions keep posting to API Gateway's host name", () => {
    expect(outputs.WebSocketUrl?.Value).toBe("wss://chat.example.com");
    const endpoint = "https://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/dev";
    expect(rendered(outputs.ManagementEndpoint?.Value)).toBe(endpoint);
    expect(rendered(functionOf(stack, "commit").Environment.Variables.PARLEY_MANAGEMENT_ENDPOINT)).toBe(
      endpoint,
    );
  });

  test("has its certificate, requires TLS 1.2 and maps to the stage", () => {
    expect(stack.ofType("AWS::ApiGatewayV2::DomainName").DomainName?.Properties).toMatchObject({
      DomainName: domain.name,
      DomainNameConfigurations: [
        { CertificateArn: domain.certificateArn, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" },
      ],
    });
    const mapping = stack.ofType("AWS::ApiGatewayV2::ApiMapping").DomainMapping?.Properties;
    expect([mapping?.ApiId, mapping?.Stage, mapping?.DomainName].map(rendered)).toEqual([
      "WebSocketApi",
      "dev",
      "DomainName",
    ]);
    expect(stack.template.toJSON().Resources.DomainMapping.DependsOn).toContain("WebSocketStage");
  });

  test("gets an alias record if a hosted zone is given", () => {
    const [record] = Object.values(stack.ofType("AWS::Route53::RecordSet"));
    expect(record?.Properties).toMatchObject({ Name: "chat.example.com.", Type: "A", HostedZoneId: "Z1" });
    expect(rendered(record?.Properties.AliasTarget.DNSName)).toBe("DomainName");
    expect(synthesizeWith({ domain }).ofType("AWS::Route53::RecordSet")).toEqual({});
  });
});

describe("with a restored table", () => {
  const stack = synthesizeWith({ restoredTable: "parley-restored", epochFloor: 2 }, "prod");

  test("all functions use it, with the same permissions as on the stack's own", () => {
    const before = JSON.stringify(synthesizeWith({ epochFloor: 2 }, "prod").ofType("AWS::IAM::Role"));
    const own = JSON.stringify({ "Fn::GetAtt": ["ChatTable", "Arn"] });
    expect(before).toContain(own);
    const parts = [
      "arn:",
      { Ref: "AWS::Partition" },
      ":dynamodb:",
      { Ref: "AWS::Region" },
      ":",
      { Ref: "AWS::AccountId" },
    ];
    const restored = JSON.stringify({ "Fn::Join": ["", [...parts, ":table/parley-restored"]] });
    expect(JSON.stringify(stack.ofType("AWS::IAM::Role"))).toBe(before.replaceAll(own, restored));
    const tables = FUNCTION_NAMES.map((name) => functionOf(stack, name).Environment.Variables.PARLEY_TABLE);
    expect(new Set(tables)).toEqual(new Set([undefined, "parley-restored"]));
    expect(functionOf(stack, "commit").Environment.Variables.PARLEY_EPOCH_FLOOR).toBe("2");
    expect(stack.template.findOutputs("*").TableName?.Value).toBe("parley-restored");
  });

  test("the stack's own table stays unchanged", () => {
    expect(stack.ofType("AWS::DynamoDB::Table")).toEqual(
      synthesizeWith({}, "prod").ofType("AWS::DynamoDB::Table"),
    );
  });
});

describe("with traffic stopped", () => {
  const stack = synthesize({ env: "prod", traffic: "stopped" });

  test("all triggers are disabled", () => {
    const triggers = Object.values(stack.ofType("AWS::Lambda::EventSourceMapping"));
    expect(triggers.length).toBeGreaterThan(6);
    expect(triggers.map(({ Properties }) => Properties.Enabled)).toEqual(triggers.map(() => false));
  });

  test("new connections and frames of open connections are refused", () => {
    const stopped = FUNCTION_NAMES.filter(
      (name) => functionOf(stack, name).ReservedConcurrentExecutions === 0,
    );
    expect(stopped.sort()).toEqual(["authorize", "command", "connect", "disconnect", "send"]);
  });
});
