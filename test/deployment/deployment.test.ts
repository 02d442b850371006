import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { outputOf } from "../../deployment/deployment.ts";
import { findDeployment } from "../../deployment/find-deployment.ts";
import { parseSelector } from "../../deployment/selector.ts";
import { scriptedAws } from "../support/scripted-aws.ts";

beforeEach(() => {
  // Whatever this machine's own settings are.
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  vi.stubEnv("AWS_PROFILE", undefined);
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  return () => vi.unstubAllEnvs();
});

const DEV = { stack: "parley-dev" };

const described = (status: string, more = "") => `
  <DescribeStacksResponse><DescribeStacksResult><Stacks><member>
    <StackName>parley-dev</StackName><StackStatus>${status}</StackStatus>${more}
    <Outputs><member><OutputKey>WebSocketUrl</OutputKey><OutputValue>wss://dev</OutputValue></member></Outputs>
  </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

const listed = (resources: readonly (readonly [string, string, string])[], next = "") => `
  <ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${resources
    .map(
      ([type, id, name]) =>
        `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${id}</LogicalResourceId>
         <PhysicalResourceId>${name}</PhysicalResourceId></member>`,
    )
    .join("")}</StackResourceSummaries>${next}</ListStackResourcesResult></ListStackResourcesResponse>`;

test("a stack is found by its environment, with its outputs, its state and where its clients go", async () => {
  const aws = await scriptedAws(() =>
    described("UPDATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection>"),
  );
  const where = parseSelector({ env: "dev" });
  expect(where).toEqual(DEV);
  const deployment = await findDeployment(DEV);
  expect(outputOf(deployment, "WebSocketUrl")).toBe("wss://dev");
  expect(deployment.state).toEqual({
    status: "UPDATE_COMPLETE",
    reason: undefined,
    terminationProtection: true,
  });
  expect(deployment.clientOptions("sqs")).toEqual({ region: "eu-west-1" });
  expect(aws.calls).toMatchObject([{ action: "DescribeStacks", input: { StackName: "parley-dev" } }]);
});

test("its resources are known by type and logical id, over all pages, and asked for once", async () => {
  const aws = await scriptedAws(({ action, input }) => {
    if (action === "DescribeStacks") return described("CREATE_COMPLETE");
    return input.NextToken === undefined
      ? listed([["AWS::SQS::Queue", "EntriesQueue", "https://q/0"]], "<NextToken>more</NextToken>")
      : listed([
          ["AWS::SQS::Queue", "EntriesQueue1", "https://q/1"],
          ["AWS::SNS::Topic", "EntriesTopic", "arn:topic"],
        ]);
  });
  const deployment = await findDeployment(DEV);
  expect(await deployment.resources("AWS::SQS::Queue")).toEqual({
    EntriesQueue: "https://q/0",
    EntriesQueue1: "https://q/1",
  });
  expect(await deployment.resources("AWS::CloudWatch::Alarm")).toEqual({});
  expect(aws.calls.map(({ action }) => action)).toEqual([
    "DescribeStacks",
    "ListStackResources",
    "ListStackResources",
  ]);
});

test("a stack that is not there is said by name and region", async () => {
  await scriptedAws(() => ({
    error: "ValidationError",
    message: "Stack with id parley-dev does not exist",
  }));
  await expect(findDeployment(DEV)).rejects.toMatchObject({
    code: "no_stack",
    message: expect.stringContaining("no stack parley-dev in eu-west-1"),
  });
});

test.for(["ROLLBACK_COMPLETE", "CREATE_IN_PROGRESS", "DELETE_FAILED", "REVIEW_IN_PROGRESS"])(
  "a stack that is %s is of no use",
  async (status) => {
    await scriptedAws(() => described(status));
    await expect(findDeployment(DEV)).rejects.toMatchObject({
      code: "stack_unusable",
      message: expect.stringContaining(status),
    });
  },
);

test("a stack whose last update was rolled back still serves", async () => {
  await scriptedAws(() => described("UPDATE_ROLLBACK_COMPLETE"));
  expect((await findDeployment(DEV)).outputs).toEqual({ WebSocketUrl: "wss://dev" });
});

test.for([
  ["AccessDenied", "not_allowed", "cloudformation:DescribeStacks"],
  ["ExpiredToken", "no_credentials", "sign in again"],
  ["InvalidClientTokenId", "no_credentials", "AWS_PROFILE"],
] as const)("%s of AWS is %s", async ([error, code, says]) => {
  await scriptedAws(() => ({ error }));
  await expect(findDeployment(DEV)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
});

test("no region, no credentials and no network are three different things", async () => {
  const aws = await scriptedAws(() => described("CREATE_COMPLETE"));
  vi.stubEnv("AWS_REGION", undefined);
  await expect(findDeployment(DEV)).rejects.toMatchObject({ code: "no_region" });
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  await expect(findDeployment(DEV)).rejects.toMatchObject({ code: "no_credentials" });
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  expect(aws.calls).toEqual([]);
  vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  await expect(findDeployment(DEV)).rejects.toMatchObject({
    code: "unreachable",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

function outputsFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "cdk.outputs.json");
  writeFileSync(file, content);
  return file;
}

const TOPIC = { EntriesTopicArn: "arn:aws:sns:us-east-2:1:entries.fifo" };

test("outputs in a file need no AWS; the stack need not be named if it is the only one", async () => {
  const file = outputsFile(JSON.stringify({ "parley-dev": TOPIC }));
  const deployment = await findDeployment({ file, stack: undefined });
  expect([deployment.name, deployment.state]).toEqual(["parley-dev", undefined]);
  expect(deployment.clientOptions("sns")).toEqual({ region: "us-east-2" });
  expect(() => outputOf(deployment, "WebSocketUrl")).toThrow("parley-dev has no output WebSocketUrl");
});

test.for([
  [{ "parley-dev": TOPIC, "parley-prod": TOPIC }, undefined, "no_stack", "--stack says which"],
  [{ "parley-dev": TOPIC }, "parley-prod", "no_stack", 'no stack "parley-prod"; it has: parley-dev'],
  [{ "parley-dev": {} }, undefined, "no_output", "no output EntriesTopicArn"],
] as const)("a file with %j and the stack %s: %s", async ([content, stack, code, says]) => {
  const file = outputsFile(JSON.stringify(content));
  await expect(findDeployment({ file, stack })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(says),
  });
});

test("a file that is none says how to get one", async () => {
  await expect(findDeployment({ file: outputsFile("{"), stack: undefined })).rejects.toMatchObject({
    code: "no_file",
    message: expect.stringContaining("npx cdk deploy --outputs-file"),
  });
});

test("an embedded cloud that does not answer is said by its address", async () => {
  await expect(findDeployment({ local: "http://127.0.0.1:1" })).rejects.toMatchObject({
    code: "no_cloud",
    message: "No embedded cloud answers at http://127.0.0.1:1.",
  });
});

test.for([
  [{ env: "dev", stack: "parley-dev" }, "Either --env or --stack."],
  [{ env: "dev", local: "http://127.0.0.1:4510" }, "--local goes with no other deployment."],
  [{ local: "4510" }, '--local is a URL such as http://127.0.0.1:4510, not "4510".'],
  [{}, undefined],
  [
    { env: "dev", outputs: "file" },
    { file: "file", stack: "parley-dev" },
  ],
])("%j means %j", ([values, where]) => {
  expect(parseSelector(values as Parameters<typeof parseSelector>[0])).toEqual(where);
});
