import { setTimeout as delay } from "node:timers/promises";
import { BatchGetCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Item } from "./items.ts";
import type { Key } from "./keys.ts";

/** DynamoDB limit: a BatchGetItem takes at most 100 keys. */
const KEYS_PER_REQUEST = 100;
const FIRST_DELAY_MS = 20;
const MAX_ATTEMPTS = 6;

/** Reads many items with strong consistency. Keys DynamoDB leaves unprocessed are retried with exponential backoff. */
export async function batchGet(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<Item[]> {
  const chunks = Array.from({ length: Math.ceil(keys.length / KEYS_PER_REQUEST) }, (_, index) =>
    keys.slice(index * KEYS_PER_REQUEST, (index + 1) * KEYS_PER_REQUEST),
  );
  return (await Promise.all(chunks.map((chunk) => getChunk(client, table, chunk, signal)))).flat();
}

async function getChunk(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
  signal: AbortSignal,
) {
  const items: Item[] = [];
  let pending: readonly Item[] = keys.map((key) => ({ ...key }));
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(Math.random() * FIRST_DELAY_MS * 2 ** attempt, undefined, { signal });
    const result = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: [...pending], ConsistentRead: true } } }),
      { abortSignal: signal },
    );
    items.push(...(result.Responses?.[table] ?? []));
    pending = result.UnprocessedKeys?.[table]?.Keys ?? [];
    if (pending.length === 0) return items;
  }
  throw new Error(`DynamoDB left ${pending.length} keys unprocessed ${MAX_ATTEMPTS} times`);
}
