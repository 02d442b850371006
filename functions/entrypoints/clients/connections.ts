import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { ApiGatewayConnections } from "../../adapters/api-gateway/connections.ts";
import { clientOptions } from "../../adapters/aws-clients.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";

/**
 * Creates the client for pushes. The SDK retries with backoff and jitter; posts that still fail go to the outbound
 * queue.
 */
export function connections(endpoint: string, log: Log, metrics: Metrics): ApiGatewayConnections {
  const client = new ApiGatewayManagementApiClient({
    ...clientOptions({ requestTimeoutMs: 2_000, maxAttempts: 3 }),
    endpoint,
  });
  return new ApiGatewayConnections(client, log, metrics);
}
