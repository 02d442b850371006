import { beforeEach, expect, test, vi } from "vitest";
import { outputOf } from "../../deployment/deployment.ts";
import { findDeployment } from "../../deployment/find-deployment.ts";
import { parseSelector } from "../../deployment/selector.ts";
import { stubAwsSettings } from "../support/aws/aws-settings.ts";
import { scriptedAws } from "../support/aws/scripted-aws.ts";
import { describedStack } from "./support/described-stack.ts";

beforeEach(() => {
  stubAwsSettings();
  return () => vi.unstubAllEnvs();
});

const DEV = { stack: "parley-dev" };

const listed = (resources: readonly (readonly [string, string, string])[], next = "") => `
  <ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${resources
    .map(
      ([type, id, name]) =>
        `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${id}</LogicalResourceId>
         <PhysicalResourceId>${name}</PhysicalResourceId></member>`,
    )
    .join("")}</StackResourceSummaries>${next}</ListStackResourcesResult></ListStackResourcesResponse>`;

test("a stack is found by its environment, with its outputs, state and region", async () => {
  const aws = await scriptedAws(() =>
    describedStack("UPDATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection>"),
  );
  const selector = parseSelector({ env: "dev" });
  expect(selector).toEqual(DEV);
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

test("a stack's resources are listed once, over all pages, by type and logical id", async () => {
  const aws = await scriptedAws(({ action, input }) => {
    if (action === "DescribeStacks") return describedStack("CREATE_COMPLETE");
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

test("the error for a missing stack names the stack and the region", async () => {
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
  "a stack in state %s is unusable",
  async (status) => {
    await scriptedAws(() => describedStack(status));
    await expect(findDeployment(DEV)).rejects.toMatchObject({
      code: "stack_unusable",
      message: expect.stringContaining(status),
    });
  },
);

test("a stack whose last update was rolled back is usable", async () => {
  await scriptedAws(() => describedStack("UPDATE_ROLLBACK_COMPLETE"));
  expect((await findDeployment(DEV)).outputs).toEqual({ WebSocketUrl: "wss://dev" });
});
