import { setTimeout as delay } from "node:timers/promises";
import { BatchWriteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Item } from "./items.ts";
import type { Key } from "./keys.ts";

/** DynamoDB limit: a BatchWriteItem takes at most 25 requests. */
const WRITES_PER_REQUEST = 25;
const FIRST_DELAY_MS = 20;
const MAX_ATTEMPTS = 6;

export type Write = { readonly PutRequest: { Item: Item } } | { readonly DeleteRequest: { Key: Key } };

/**
 * Performs many puts and deletes, no key twice; not atomic. Requests DynamoDB leaves unprocessed are retried with
 * exponential backoff.
 */
export async function batchWrite(
  client: DynamoDBDocumentClient,
  table: string,
  writes: readonly Write[],
  signal: AbortSignal,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(writes.length / WRITES_PER_REQUEST) }, (_, index) =>
    writes.slice(index * WRITES_PER_REQUEST, (index + 1) * WRITES_PER_REQUEST),
  );
  await Promise.all(chunks.map((chunk) => writeChunk(client, table, chunk, signal)));
}

async function writeChunk(
  client: DynamoDBDocumentClient,
  table: string,
  writes: readonly Write[],
  signal: AbortSignal,
): Promise<void> {
  let pending: Record<string, unknown>[] = [...writes];
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (attempt > 0) await delay(Math.random() * FIRST_DELAY_MS * 2 ** attempt, undefined, { signal });
    const result = await client.send(new BatchWriteCommand({ RequestItems: { [table]: pending } }), {
      abortSignal: signal,
    });
    pending = result.UnprocessedItems?.[table] ?? [];
    if (pending.length === 0) return;
  }
  throw new Error(`DynamoDB left ${pending.length} writes unprocessed ${MAX_ATTEMPTS} times`);
}
