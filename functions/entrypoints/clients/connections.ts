import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { ApiGatewayConnections } from "../../adapters/api-gateway/connections.ts";
import { clientOptions } from "../../adapters/aws-clients.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";

/** The SDK repeats what may be repeated, with backoff and jitter; what is left goes to the outbound queue. */
export function connections(endpoint: string, log: Log, metrics: Metrics): ApiGatewayConnections {
  const client = new ApiGatewayManagementApiClient({
    ...clientOptions({ requestTimeoutMs: 2_000, maxAttempts: 3 }),
    endpoint,
  });
  return new ApiGatewayConnections(client, log, metrics);
}
