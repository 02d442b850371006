import { beforeEach, expect, test, vi } from "vitest";
import { findDeployment } from "../../deployment/find-deployment.ts";
import { stubAwsSettings } from "../support/aws/aws-settings.ts";
import { scriptedAws } from "../support/aws/scripted-aws.ts";
import { describedStack } from "./support/described-stack.ts";

beforeEach(() => {
  stubAwsSettings();
  return () => vi.unstubAllEnvs();
});

const DEV = { stack: "parley-dev" };

test.for([
  ["AccessDenied", "not_allowed", "cloudformation:DescribeStacks"],
  ["ExpiredToken", "no_credentials", "sign in again"],
  ["InvalidClientTokenId", "no_credentials", "AWS_PROFILE"],
] as const)("the AWS error %s becomes %s", async ([error, code, says]) => {
  await scriptedAws(() => ({ error }));
  await expect(findDeployment(DEV)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
});

test("no region, no credentials and no network are different errors", async () => {
  const aws = await scriptedAws(() => describedStack("CREATE_COMPLETE"));
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
