import { expect, test } from "vitest";
import type { Deployment } from "../../../deployment/deployment.ts";
import { checkConcurrency } from "../../../ops/doctor/concurrency.ts";
import { deployment } from "../support/deployment.ts";
import { serveJson } from "../support/serve-json.ts";

/** A stack of two functions, with what Lambda says of their concurrency. */
async function stackWith(send: object, command: object): Promise<Deployment> {
  const path = (name: string) => `/2019-09-30/functions/${name}/concurrency`;
  const endpoint = await serveJson({ [path("send-1")]: send, [path("command-1")]: command });
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return {
    ...deployment({}),
    clientOptions: () => ({ region: "eu-central-1", endpoint, credentials }),
    resources: async () => ({ Send: "send-1", Command: "command-1" }),
  };
}

test("a stack without reserved concurrency is no failure, and its operator is told of it", async () => {
  const [result] = await checkConcurrency(await stackWith({}, {}));
  expect(result).toMatchObject({ state: "ok", detail: expect.stringContaining("`reservedConcurrency`") });
});

test("reserved concurrency is counted", async () => {
  const [result] = await checkConcurrency(await stackWith({ ReservedConcurrentExecutions: 30 }, {}));
  expect(result).toMatchObject({ state: "ok", detail: "functions with reserved concurrency: 1" });
});
