import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { clientOptions } from "../../functions/adapters/aws-clients.ts";
import { ENV } from "../../wiring/manifest.ts";

/** The parts of API Gateway's event that the floor reads. */
interface FloorEvent {
  readonly requestContext: { readonly connectionId: string };
  readonly body: string;
}

const client = new ApiGatewayManagementApiClient({
  ...clientOptions({ requestTimeoutMs: 2_000, maxAttempts: 3 }),
  endpoint: process.env[ENV.managementEndpoint] ?? "",
});

/**
 * The least that a message needs: one post to one connection, then the answer as the route's response. It stores
 * nothing. A frame without `to` is answered with the sender's own connection.
 */
export async function handler({ requestContext, body }: FloorEvent) {
  const { id, to, text } = JSON.parse(body) as { id: string; to?: string; text?: string };
  if (to === undefined) return answer({ type: "connection", connection: requestContext.connectionId });
  const Data = JSON.stringify({ type: "entries", entries: [{ id, text }] });
  await client.send(new PostToConnectionCommand({ ConnectionId: to, Data }));
  return answer({ type: "ack", entries: [{ id }] });
}

function answer(frame: object) {
  return { statusCode: 200, body: JSON.stringify(frame) };
}
