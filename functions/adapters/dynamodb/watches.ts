import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { TABLE } from "../../../wiring/manifest.ts";
import type { Watcher, WatcherPage, Watches } from "../../ports/watches.ts";
import { batchWrite, type Write } from "./batch-write.ts";
import { type Item, SCHEMA, withSchema } from "./items.ts";
import { userPk, WATCH_PREFIX, watchKey, watchSetKey } from "./keys.ts";
import { retryConflicts } from "./retry-conflicts.ts";

interface StoredWatch {
  readonly sk: string;
  readonly watcher: string;
  readonly expiresAtMs: number;
}

export class DynamoWatches implements Watches {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /**
   * Writes the set first, then all of its rows, even those that should exist: an earlier attempt may have left any of
   * them unwritten.
   */
  async replace(
    { user, connection }: Watcher,
    users: readonly string[],
    expiresAtMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const ttl = Math.ceil(expiresAtMs / 1000);
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: watchSetKey(user, connection),
      ...withSchema({
        UpdateExpression: "SET watched = :watched, #ttl = :ttl",
        ExpressionAttributeNames: { "#ttl": TABLE.ttl },
        ExpressionAttributeValues: { ":watched": users, ":ttl": ttl },
      }),
      ReturnValues: "UPDATED_OLD",
    });
    const before = await retryConflicts(() => this.#client.send(update, { abortSignal: signal }), signal);
    const { watched = [] } = (before.Attributes ?? {}) as { watched?: readonly string[] };
    const wanted = new Set(users);
    const puts = [...wanted].map((watchedUser): Write => {
      const about = { schema: SCHEMA, watcher: user, expiresAtMs, [TABLE.ttl]: ttl };
      return { PutRequest: { Item: { ...watchKey(watchedUser, connection), ...about } } };
    });
    const deletes = watched
      .filter((watchedUser) => !wanted.has(watchedUser))
      .map((watchedUser): Write => ({ DeleteRequest: { Key: watchKey(watchedUser, connection) } }));
    await batchWrite(this.#client, this.#table, [...puts, ...deletes], signal);
  }

  async watchersOf(
    user: string,
    { from, limit }: { from: string | undefined; limit: number },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<WatcherPage> {
    const page = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        Limit: limit,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": userPk(user), ":prefix": WATCH_PREFIX },
        // The last connection of the previous page; its row need not exist any more.
        ...(from !== undefined && { ExclusiveStartKey: { ...watchKey(user, from) } }),
      }),
      { abortSignal: signal },
    );
    const watchers = (page.Items ?? [])
      .map((item: Item) => item as unknown as StoredWatch)
      .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
      .map(({ sk, watcher }) => ({ user: watcher, connection: sk.slice(WATCH_PREFIX.length) }));
    const last = page.LastEvaluatedKey as { sk: string } | undefined;
    return { watchers, next: last?.sk.slice(WATCH_PREFIX.length) };
  }

  async remove(user: string, connection: string, signal: AbortSignal): Promise<void> {
    const command = new DeleteCommand({ TableName: this.#table, Key: { ...watchKey(user, connection) } });
    await retryConflicts(() => this.#client.send(command, { abortSignal: signal }), signal);
  }
}
