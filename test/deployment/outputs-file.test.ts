import { beforeEach, expect, test, vi } from "vitest";
import { outputOf } from "../../deployment/deployment.ts";
import { findDeployment } from "../../deployment/find-deployment.ts";
import { stubAwsSettings } from "../support/aws/aws-settings.ts";
import { outputsFile } from "../support/outputs-file.ts";

beforeEach(() => {
  stubAwsSettings();
  return () => vi.unstubAllEnvs();
});

const TOPIC = { EntriesTopicArn: "arn:aws:sns:us-east-2:1:entries.fifo" };

test("an outputs file needs no AWS, and no stack name if it holds one stack", async () => {
  const file = outputsFile({ "parley-dev": TOPIC });
  const deployment = await findDeployment({ file, stack: undefined });
  expect([deployment.name, deployment.state]).toEqual(["parley-dev", undefined]);
  expect(deployment.clientOptions("sns")).toEqual({ region: "us-east-2" });
  expect(() => outputOf(deployment, "WebSocketUrl")).toThrow("parley-dev has no output WebSocketUrl");
});

test.for([
  [{ "parley-dev": TOPIC, "parley-prod": TOPIC }, undefined, "no_stack", "choose one with --stack"],
  [{ "parley-dev": TOPIC }, "parley-prod", "no_stack", 'no stack "parley-prod"; it holds: parley-dev'],
  [{ "parley-dev": {} }, undefined, "no_output", "no output EntriesTopicArn"],
] as const)("an outputs file %j and the stack %s fail with %s", async ([content, stack, code, says]) => {
  const file = outputsFile(content);
  await expect(findDeployment({ file, stack })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(says),
  });
});

test("the error for an unreadable file says how to write one", async () => {
  await expect(findDeployment({ file: outputsFile("{"), stack: undefined })).rejects.toMatchObject({
    code: "no_file",
    message: expect.stringContaining("npx cdk deploy --outputs-file"),
  });
});
