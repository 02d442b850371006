import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ApiGatewayConnections } from "../../functions/adapters/api-gateway/connections.ts";
import { clientOptions } from "../../functions/adapters/aws-clients.ts";
import type { Metrics } from "../../functions/ports/metrics.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { type ServerFrame, wireError } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser } from "../e2e/support/target.ts";
import { AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { startHangingServer } from "../support/hanging-server.ts";
import { MemoryMetrics, noMetrics, silent } from "../support/memory-ports.ts";

const signal = new AbortController().signal;
const frame: ServerFrame = { type: "error", error: wireError("internal", "grüße 👋") };
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.cloud.stop());

function connectionsAt(endpoint: string, metrics: Metrics = noMetrics): ApiGatewayConnections {
  const options = {
    ...clientConfig(endpoint, "eu-central-1"),
    ...clientOptions({ requestTimeoutMs: 200, maxAttempts: 1 }),
  };
  return new ApiGatewayConnections(new ApiGatewayManagementApiClient(options), silent, metrics);
}

test("a posted frame arrives unchanged", async () => {
  const user = newUser("alice");
  const wire = await connect(embedded.target, user);
  const connection = await connectionOf(embedded.cloud, user);
  const metrics = new MemoryMetrics();
  const connections = connectionsAt(embedded.cloud.endpoints.management, metrics);
  expect(await connections.post(connection, frame, signal)).toBe("sent");
  expect(metrics.counts).toEqual({ Pushed: 1 });
  expect(await wire.next("error")).toEqual(frame);
});

test("a closed connection is gone, for a post and for another close", async () => {
  const user = newUser("alice");
  const wire = await connect(embedded.target, user);
  const connection = await connectionOf(embedded.cloud, user);
  const connections = connectionsAt(embedded.cloud.endpoints.management);
  await connections.close(connection, signal);
  expect((await wire.closed).code).toBe(1000);
  expect(await connections.post(connection, frame, signal)).toBe("gone");
  await connections.close(connection, signal);
});

test.each([
  [410, "GoneException", "gone"],
  [429, "LimitExceededException", "retry"],
  [500, "InternalServerError", "retry"],
  [503, "ServiceUnavailable", "retry"],
  [403, "ForbiddenException", "refused"],
  [413, "PayloadTooLargeException", "refused"],
])(
  "a response of %i (%s) is counted once as %s, however often the SDK retried",
  async (status, name, outcome) => {
    const tap = new AwsTap();
    const endpoint = await tap.interpose("management", embedded.cloud.endpoints.management);
    tap.on(
      () => true,
      async () => awsError(status, name),
    );
    const metrics = new MemoryMetrics();
    expect(await connectionsAt(endpoint, metrics).post("any=", frame, signal)).toBe(outcome);
    expect(metrics.counts).toEqual(outcome === "gone" ? { Gone: 1 } : { [`PushFailed ${outcome}`]: 1 });
    await tap.stop();
  },
);

test("a hanging post ends as `retry`, by the adapter's own timeout and by the caller's signal", async () => {
  const hanging = await startHangingServer();
  try {
    const connections = connectionsAt(hanging.url);
    expect(await connections.post("any=", frame, signal)).toBe("retry");
    expect(await connections.post("any=", frame, AbortSignal.timeout(20))).toBe("retry");
  } finally {
    await hanging.stop();
  }
});

test("a post to an unreachable endpoint ends as `retry`", async () => {
  const gone = await startHangingServer();
  await gone.stop();
  expect(await connectionsAt(gone.url).post("any=", frame, signal)).toBe("retry");
});
