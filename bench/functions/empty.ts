import { connections } from "../../functions/entrypoints/clients/connections.ts";
import { documentClient } from "../../functions/entrypoints/clients/dynamodb.ts";
import { snsClient } from "../../functions/entrypoints/clients/sns.ts";
import { sqsClient } from "../../functions/entrypoints/clients/sqs.ts";
import { invocationLog, invocationMetrics } from "../../functions/entrypoints/telemetry.ts";

const clients = [
  documentClient(),
  snsClient(),
  sqsClient(),
  connections("http://127.0.0.1", invocationLog(), invocationMetrics("empty")),
];

/** Does nothing, with the clients of `send`: shows what their initialization alone takes. */
export async function handler() {
  return { statusCode: 200, clients: clients.length };
}
