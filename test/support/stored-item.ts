import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Cloud } from "../../local/cloud-options.ts";
import { clientConfig } from "../../local/util/sdk.ts";

/** Creates a client of the embedded table that no tap intercepts. */
export function tableClient({ endpoints }: Cloud): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(endpoints.dynamodb, "eu-central-1")), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** Returns an item of the table as it is stored. */
export async function storedItem(cloud: Cloud, key: object): Promise<Record<string, unknown> | undefined> {
  const get = new GetCommand({ TableName: cloud.resources.table, Key: { ...key }, ConsistentRead: true });
  return (await tableClient(cloud).send(get)).Item;
}
