import { describe, expect, test } from "vitest";
import type { FunctionName } from "../../wiring/manifest.ts";
import {
  asList,
  ENVIRONMENT_CASES,
  FUNCTION_CASES,
  type Resource,
  rendered,
  type Synthesized,
  synthesize,
  synthesizeWith,
} from "./synthesized.ts";

const dev = synthesize();
const prod = synthesize({ env: "prod" });

const POST = "execute-api:ManageConnections on WebSocketApi/<stage>/POST/@connections/*";
const DELETE = "execute-api:ManageConnections on WebSocketApi/<stage>/DELETE/@connections/*";

/** Permissions of `send` if every message goes through the queue. */
const SEND_QUEUED = [
  "dynamodb:UpdateItem on ChatTable",
  "dynamodb:BatchGetItem on ChatTable",
  "sns:Publish on EntriesTopic",
  "sqs:GetQueueAttributes on EntriesQueue",
  "sns:Publish on OutboundTopic",
  POST,
  DELETE,
];

/** Permissions of each function besides writing its own logs. Those for a lane apply to every lane. */
const MAY: Readonly<Record<FunctionName, readonly string[]>> = {
  authorize: [],
  connect: ["dynamodb:UpdateItem on ChatTable", "sns:Publish on OutboundTopic", POST, DELETE],
  disconnect: ["dynamodb:UpdateItem on ChatTable", "sns:Publish on OutboundTopic"],
  // As for the queue, and what `commit` may do to the table: it appends.
  send: [
    ...SEND_QUEUED,
    "dynamodb:Query on ChatTable",
    "dynamodb:GetItem on ChatTable",
    "dynamodb:PutItem on ChatTable",
    "dynamodb:DeleteItem on ChatTable",
    "dynamodb:ConditionCheckItem on ChatTable",
  ],
  command: [
    "dynamodb:Query on ChatTable",
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:BatchWriteItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "dynamodb:DeleteItem on ChatTable",
    "dynamodb:PutItem on ChatTable",
    "sns:Publish on OutboundTopic",
    POST,
    DELETE,
  ],
  commit: [
    "dynamodb:Query on ChatTable",
    "dynamodb:GetItem on ChatTable",
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:PutItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "dynamodb:DeleteItem on ChatTable",
    "dynamodb:ConditionCheckItem on ChatTable",
    "sqs:ReceiveMessage on EntriesQueue",
    "sqs:DeleteMessage on EntriesQueue",
    "sqs:GetQueueAttributes on EntriesQueue",
    "sqs:ChangeMessageVisibility on EntriesQueue",
    "sns:Publish on OutboundTopic",
    POST,
    DELETE,
  ],
  deliver: [
    "dynamodb:Query on ChatTable",
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "dynamodb:DeleteItem on ChatTable",
    "sqs:ReceiveMessage on OutboundQueue",
    "sqs:DeleteMessage on OutboundQueue",
    "sqs:GetQueueAttributes on OutboundQueue",
    "sqs:ChangeMessageVisibility on OutboundQueue",
    "sqs:ReceiveMessage on NoticesQueue",
    "sqs:DeleteMessage on NoticesQueue",
    "sqs:GetQueueAttributes on NoticesQueue",
    "sqs:ChangeMessageVisibility on NoticesQueue",
    "sns:Publish on OutboundTopic",
    POST,
    DELETE,
  ],
  "dead-letter": [
    "dynamodb:Query on ChatTable",
    "dynamodb:GetItem on ChatTable",
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "sqs:ReceiveMessage on EntriesDeadLetterQueue",
    "sqs:DeleteMessage on EntriesDeadLetterQueue",
    "sqs:GetQueueAttributes on EntriesDeadLetterQueue",
    "sqs:ChangeMessageVisibility on EntriesDeadLetterQueue",
    "sqs:SendMessage on EntriesParkedQueue",
    "sns:Publish on OutboundTopic",
    POST,
    DELETE,
  ],
  presence: [
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "sqs:ReceiveMessage on PresenceQueue",
    "sqs:DeleteMessage on PresenceQueue",
    "sqs:GetQueueAttributes on PresenceQueue",
    "sqs:ChangeMessageVisibility on PresenceQueue",
    "sns:Publish on OutboundTopic",
  ],
  "sign-out": [
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "sns:Publish on OutboundTopic",
    POST,
    DELETE,
  ],
  erase: [
    "dynamodb:Query on ChatTable",
    "dynamodb:GetItem on ChatTable",
    "dynamodb:BatchGetItem on ChatTable",
    "dynamodb:PutItem on ChatTable",
    "dynamodb:UpdateItem on ChatTable",
    "dynamodb:DeleteItem on ChatTable",
    "dynamodb:BatchWriteItem on ChatTable",
    "sns:Publish on OutboundTopic",
    POST,
    DELETE,
  ],
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function roleOf(environment: Synthesized, name: FunctionName): Resource {
  const role = environment.ofType("AWS::IAM::Role")[rendered(functionOf(environment, name).Properties.Role)];
  if (!role) throw new Error(`${name} has no role`);
  return role;
}

function functionOf({ ofType, functionId }: Synthesized, name: FunctionName): Resource {
  return ofType("AWS::Lambda::Function")[functionId(name)] as Resource;
}

function statementsOf(role: Resource): Statement[] {
  return role.Properties.Policies.flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );
}

/** Conditions of the statements that allow something on the table. */
function tableConditions(environment: Synthesized, name: FunctionName): unknown[] {
  return statementsOf(roleOf(environment, name))
    .filter(({ Action }) => asList(Action).some((action) => action.startsWith("dynamodb:")))
    .map(({ Condition }) => Condition);
}

/** Items of users only, and no request that names no key. */
const USERS_ONLY = {
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["U#*"] },
  Null: { "dynamodb:LeadingKeys": "false" },
};

function allowed(role: Resource): string[] {
  return statementsOf(role).flatMap((statement) => {
    expect(statement.Effect).toBe("Allow");
    return asList(statement.Action).flatMap((action) =>
      asList(statement.Resource).map((resource) => `${action} on ${short(rendered(resource))}`),
    );
  });
}

/** Returns an ARN of the API without its constant prefix. */
function short(arn: string): string {
  return arn.replace(/^arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:/, "");
}

const logsOf = (environment: Synthesized, name: FunctionName) => {
  const logs = rendered(functionOf(environment, name).Properties.LoggingConfig.LogGroup);
  return [`logs:CreateLogStream on ${logs}`, `logs:PutLogEvents on ${logs}`];
};

describe.for(ENVIRONMENT_CASES)("in $env a function may do exactly what it needs", ({ env }) => {
  const environment = synthesize({ env });
  const lanes = Object.keys(environment.ofType("AWS::SQS::Queue")).filter((id) =>
    /^EntriesQueue\d*$/.test(id),
  );
  const onEveryLane = (line: string) =>
    line.endsWith(" on EntriesQueue") ? lanes.map((lane) => line.replace("EntriesQueue", lane)) : [line];

  test.for(FUNCTION_CASES)("$name", ({ name }) => {
    const needs = MAY[name].flatMap(onEveryLane).map((line) => line.replace("<stage>", env));
    expect(allowed(roleOf(environment, name)).sort()).toEqual(
      [...logsOf(environment, name), ...needs].sort(),
    );
  });
});

test.for<FunctionName>(["connect", "disconnect", "presence", "sign-out"])(
  "%s can touch users' items, and no conversation",
  (name) => {
    for (const environment of [dev, prod]) {
      expect(tableConditions(environment, name)).toEqual([USERS_ONLY]);
    }
  },
);

test.for<[FunctionName, readonly string[]]>([
  ["command", ["BatchWriteItem", "DeleteItem", "PutItem"]],
  ["deliver", ["DeleteItem", "UpdateItem"]],
  ["dead-letter", ["UpdateItem"]],
])("%s may %o on items of users only", ([name, actions]) => {
  for (const environment of [dev, prod]) {
    for (const action of actions) {
      const allowing = statementsOf(roleOf(environment, name)).filter(({ Action }) =>
        asList(Action).includes(`dynamodb:${action}`),
      );
      expect(allowing.map(({ Condition }) => Condition)).toEqual([USERS_ONLY]);
    }
  }
});

describe("if every message goes through the queue", () => {
  const queued = synthesizeWith({ ingest: "queued" });

  test("send may neither query the table nor put an item", () => {
    const needs = SEND_QUEUED.map((line) => line.replace("<stage>", "dev"));
    expect(allowed(roleOf(queued, "send")).sort()).toEqual([...logsOf(queued, "send"), ...needs].sort());
  });

  test("send can touch users' items, and no conversation", () => {
    expect(tableConditions(queued, "send")).toEqual([USERS_ONLY]);
    expect(tableConditions(dev, "send")).toEqual([undefined]);
  });

  test("all other functions have the same permissions", () => {
    for (const { name } of FUNCTION_CASES) {
      if (name !== "send") expect(allowed(roleOf(queued, name)), name).toEqual(allowed(roleOf(dev, name)));
    }
  });
});

test("send may do to the table what commit may, and nothing more", () => {
  const onTable = (name: FunctionName) =>
    allowed(roleOf(dev, name))
      .filter((line) => line.endsWith(" on ChatTable"))
      .sort();
  expect(onTable("send")).toEqual(onTable("commit"));
});

test("commit may consume every lane, and send may read the depth of every lane", () => {
  const lanes = ["EntriesQueue", "EntriesQueue1", "EntriesQueue2", "EntriesQueue3"];
  const queuesOf = (name: FunctionName, action: string) =>
    allowed(roleOf(prod, name)).flatMap((line) => line.split(`${action} on `).slice(1));
  expect(queuesOf("commit", "sqs:ChangeMessageVisibility")).toEqual(lanes);
  expect(queuesOf("send", "sqs:GetQueueAttributes")).toEqual(lanes);
});

test("no two functions share a role or a log group", () => {
  const functions = Object.values(dev.ofType("AWS::Lambda::Function"));
  const roles = new Set(functions.map((resource) => rendered(resource.Properties.Role)));
  const logs = new Set(functions.map((resource) => rendered(resource.Properties.LoggingConfig.LogGroup)));
  expect([roles.size, logs.size]).toEqual([functions.length, functions.length]);
});

test("permissions come only from inline policies", () => {
  expect(dev.ofType("AWS::IAM::Policy")).toEqual({});
  expect(dev.ofType("AWS::IAM::ManagedPolicy")).toEqual({});
});

describe("with the web page", () => {
  const stack = synthesize({ web: "on" });
  const [bucketId] = Object.keys(stack.ofType("AWS::S3::Bucket"));
  const [policy, ...more] = Object.values(stack.ofType("AWS::IAM::Policy"));

  test("the functions of the chat have the same permissions as without it", () => {
    for (const { name } of FUNCTION_CASES) {
      expect(allowed(roleOf(stack, name)), name).toEqual(allowed(roleOf(dev, name)));
    }
  });

  test("CDK's functions that fill and empty the bucket are the only others", () => {
    const ours = FUNCTION_CASES.map(({ name }) => stack.functionId(name));
    const others = Object.keys(stack.ofType("AWS::Lambda::Function")).filter((id) => !ours.includes(id));
    expect(others.map((id) => id.replace(/[0-9A-F]{8,}.*$/, "")).sort()).toEqual([
      "CustomCDKBucketDeployment",
      "CustomS3AutoDeleteObjectsCustomResourceProviderHandler",
    ]);
  });

  test("the one that fills it reads the deployment's assets and writes to no other bucket", () => {
    expect(more).toEqual([]);
    const uploaded = "arn:AWS::Partition:s3:::cdk-hnb659fds-assets-AWS::AccountId-AWS::Region";
    const [reads, writes, ...others] = policy?.Properties.PolicyDocument.Statement ?? [];
    expect(others).toEqual([]);
    expect(reads.Action).toEqual(["s3:GetBucket*", "s3:GetObject*", "s3:List*"]);
    expect(reads.Resource.map(rendered).sort()).toEqual([uploaded, `${uploaded}/*`]);
    expect(writes.Resource.map(rendered)).toEqual([bucketId, `${bucketId}/*`]);
  });
});

test("only the account's API Gateway logging role has a managed policy", () => {
  const withManaged = Object.values(dev.ofType("AWS::IAM::Role")).filter(
    (role) => role.Properties.ManagedPolicyArns !== undefined,
  );
  expect(withManaged.map((role) => rendered(role.Properties.ManagedPolicyArns[0]))).toEqual([
    "arn:AWS::Partition:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
  ]);
  expect(withManaged[0]?.Properties.AssumeRolePolicyDocument.Statement[0].Principal).toEqual({
    Service: "apigateway.amazonaws.com",
  });
});

test("no statement in the template applies to every resource", () => {
  const resources: unknown[] = [];
  JSON.stringify(dev.template.toJSON(), (key, value) => {
    if (key === "Resource") resources.push(...asList(value));
    return value;
  });
  expect(resources.length).toBeGreaterThan(20);
  expect(resources.filter((resource) => resource === "*")).toEqual([]);
});
