import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { clientOptions } from "../../adapters/aws-clients.ts";

export function documentClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient(clientOptions({ requestTimeoutMs: 2_000, maxAttempts: 3 }));
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
