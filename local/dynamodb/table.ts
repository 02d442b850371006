import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { TABLE } from "../../wiring/manifest.ts";
import { clientConfig } from "../util/sdk.ts";
import type { DynamoDb } from "./dynamodb.ts";

/** The table of one cloud. */
export interface Table {
  readonly name: string;
  /** Deletes the table if it was for this run only. */
  stop(): Promise<void>;
}

/**
 * Opens the cloud's table, creating it if absent. A cloud in memory keeps nothing: in a DynamoDB that outlives it, it
 * gets a table with a random name, which `stop` deletes.
 */
export async function openTable(
  dynamodb: DynamoDb,
  options: { readonly region: string; readonly inMemory: boolean },
): Promise<Table> {
  const temporary = dynamodb.external && options.inMemory;
  const name = temporary ? `parley-${randomUUID()}` : "parley";
  const client = new DynamoDBClient(clientConfig(dynamodb.endpoint, options.region));
  const stop = async () => {
    if (temporary) await client.send(new DeleteTableCommand({ TableName: name }));
    client.destroy();
  };
  try {
    await provisionTable(client, name);
  } catch (error) {
    await stop().catch(() => {}); // The error to report is the first one.
    throw error;
  }
  return { name, stop };
}

/** Creates the table unless an earlier start did. */
export async function provisionTable(client: DynamoDBClient, name: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(tableInput(name)));
  } catch (error) {
    if (error instanceof ResourceInUseException) return;
    throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: name });
  await client.send(new UpdateTimeToLiveCommand(timeToLiveInput(name)));
}

export function tableInput(name: string): CreateTableCommandInput {
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: TABLE.partitionKey, AttributeType: "S" },
      { AttributeName: TABLE.sortKey, AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: TABLE.partitionKey, KeyType: "HASH" },
      { AttributeName: TABLE.sortKey, KeyType: "RANGE" },
    ],
  };
}

export function timeToLiveInput(name: string): UpdateTimeToLiveCommandInput {
  return { TableName: name, TimeToLiveSpecification: { AttributeName: TABLE.ttl, Enabled: true } };
}
