import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { ApiGatewayConnections } from "../../adapters/api-gateway/connections.ts";
import { clientOptions } from "../../adapters/aws-clients.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";

/**
 * Creates the client for posts. Each is tried once: the outbound queue repeats pushes, later each time. Retries of the SDK
 * would add their share to the very load that API Gateway throttles.
 *
 * @param maxAttempts for functions whose posts nobody repeats @default 1
 */
export function connections(
  endpoint: string,
  log: Log,
  metrics: Metrics,
  { maxAttempts = 1 } = {},
): ApiGatewayConnections {
  const client = new ApiGatewayManagementApiClient({
    ...clientOptions({ requestTimeoutMs: 2_000, maxAttempts }),
    endpoint,
  });
  return new ApiGatewayConnections(client, log, metrics);
}
