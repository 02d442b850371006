import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DynamoLeases } from "../../functions/adapters/dynamodb/leases.ts";
import type { Cloud } from "../../local/cloud-options.ts";
import { clientConfig } from "../../local/util/sdk.ts";

/** Returns the id of a user's only connection, from the table. */
export async function connectionOf({ endpoints, resources }: Cloud, user: string): Promise<string> {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient(clientConfig(endpoints.dynamodb, "eu-central-1")),
  );
  const leases = await new DynamoLeases(client, resources.table).read([user], AbortSignal.timeout(5_000));
  const [lease, ...more] = leases.get(user) ?? [];
  if (lease === undefined || more.length > 0)
    throw new Error(`${user} has ${more.length + (lease ? 1 : 0)} connections`);
  return lease.connection;
}
