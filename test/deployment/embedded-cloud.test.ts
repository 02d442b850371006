import { expect, test } from "vitest";
import { findDeployment } from "../../deployment/find-deployment.ts";

test("the error for an embedded cloud that does not answer names its URL", async () => {
  await expect(findDeployment({ local: "http://127.0.0.1:1" })).rejects.toMatchObject({
    code: "no_cloud",
    message: "No embedded cloud answers at http://127.0.0.1:1.",
  });
});
