import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { ApiGatewayConnections } from "../../adapters/api-gateway/connections.ts";
import { clientOptions } from "../../adapters/aws-clients.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";

/**
 * Creates the client for pushes. The SDK retries with backoff and jitter; posts that still fail go to the outbound
 * queue.
 *
 * @param maxAttempts @default 3
 */
export function connections(
  endpoint: string,
  log: Log,
  metrics: Metrics,
  { maxAttempts = 3 } = {},
): ApiGatewayConnections {
  const client = new ApiGatewayManagementApiClient({
    ...clientOptions({ requestTimeoutMs: 2_000, maxAttempts }),
    endpoint,
  });
  return new ApiGatewayConnections(client, log, metrics);
}
