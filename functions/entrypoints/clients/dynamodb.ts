import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { clientOptions } from "../../adapters/aws-clients.ts";

/** @param maxAttempts @default 3 */
export function documentClient({ maxAttempts = 3 } = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient(clientOptions({ requestTimeoutMs: 2_000, maxAttempts }));
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
