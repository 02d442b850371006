import { expect, test } from "vitest";
import { DeploymentError } from "../../../deployment/deployment-error.ts";
import { runCheck } from "../../../ops/doctor/check-result.ts";

test("a check without permission is skipped, and a check that throws fails", async () => {
  const [finding] = await runCheck("queues", "sqs:GetQueueAttributes", async () => {
    throw new DeploymentError("not_allowed", "These credentials do not allow sqs:GetQueueAttributes.");
  });
  expect(finding).toMatchObject({ state: "skipped", detail: expect.stringContaining("docs/deploy.md") });
  const [failed] = await runCheck("queues", "sqs:GetQueueAttributes", async () => {
    throw new Error("out of order");
  });
  expect(failed).toMatchObject({ state: "wrong", detail: "out of order" });
});
