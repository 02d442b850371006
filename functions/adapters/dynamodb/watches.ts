import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { TABLE } from "../../../wiring/manifest.ts";
import type { Watcher, WatcherPage, Watches } from "../../ports/watches.ts";
import { batchGet } from "./batch-get.ts";
import { batchWrite, type Write } from "./batch-write.ts";
import { type Item, SCHEMA, withSchema } from "./items.ts";
import { userPk, WATCH_PREFIX, WATCH_SET_PREFIX, watchKey, watchSetKey } from "./keys.ts";
import { failureOf } from "./lost-race.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/** Sorts after the rows of watchers and the sets of watches. */
const WATCH_SET_END = `${WATCH_SET_PREFIX}~`;
const REMOVED_AT_ONCE = 50;

interface StoredWatch {
  readonly sk: string;
  readonly watcher: string;
  readonly conversation?: string;
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
   * Reads the set and the rows it should have, and writes only what differs: an earlier attempt may have left any row
   * unwritten, and a row goes when its connection was taken for gone. The set is written first, so that rows that are
   * still to be removed are found again.
   */
  async replace(
    watcher: Watcher,
    users: readonly string[],
    expiresAtMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { user, connection, conversation } = watcher;
    const wanted = new Set(users);
    const { watched, current } = await this.#stored(watcher, [...wanted], expiresAtMs, signal);
    const ttl = Math.ceil(expiresAtMs / 1000);
    const isSame = watched.length === wanted.size && watched.every((one) => wanted.has(one));
    if (!isSame) await this.#putSet(watcher, [...wanted], ttl, signal);
    const puts = [...wanted]
      .filter((watchedUser) => !current.has(watchedUser))
      .map((watchedUser): Write => {
        const about = { schema: SCHEMA, watcher: user, conversation, expiresAtMs, [TABLE.ttl]: ttl };
        return { PutRequest: { Item: { ...watchKey(watchedUser, connection), ...about } } };
      });
    const deletes = watched
      .filter((watchedUser) => !wanted.has(watchedUser))
      .map((watchedUser): Write => ({ DeleteRequest: { Key: watchKey(watchedUser, connection) } }));
    await batchWrite(this.#client, this.#table, [...puts, ...deletes], signal);
  }

  /** Returns the users of the stored set, and those of the wanted ones whose row is as it should be. */
  async #stored(
    { user, connection, conversation }: Watcher,
    wanted: readonly string[],
    expiresAtMs: number,
    signal: AbortSignal,
  ): Promise<{ watched: readonly string[]; current: ReadonlySet<string> }> {
    const setKey = watchSetKey(user, connection);
    const keys = [setKey, ...wanted.map((watchedUser) => watchKey(watchedUser, connection))];
    const items = await batchGet(this.#client, this.#table, keys, signal);
    const set = items.find(({ sk }) => sk === setKey.sk) as { watched?: readonly string[] } | undefined;
    const valid = items.filter(
      (item) =>
        item.sk !== setKey.sk && item.expiresAtMs === expiresAtMs && item.conversation === conversation,
    );
    const partitions = new Set(valid.map(({ pk }) => pk));
    return {
      watched: set?.watched ?? [],
      current: new Set(wanted.filter((watchedUser) => partitions.has(userPk(watchedUser)))),
    };
  }

  async #putSet(
    { user, connection }: Watcher,
    watched: readonly string[],
    ttl: number,
    signal: AbortSignal,
  ): Promise<void> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: watchSetKey(user, connection),
      ...withSchema({
        UpdateExpression: "SET watched = :watched, #ttl = :ttl",
        ExpressionAttributeNames: { "#ttl": TABLE.ttl },
        ExpressionAttributeValues: { ":watched": watched, ":ttl": ttl },
      }),
    });
    await retryConflicts(() => this.#client.send(update, { abortSignal: signal }), signal);
  }

  async watchersOf(
    user: string,
    { from, until, limit }: { from: string | undefined; until?: string | undefined; limit: number },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<WatcherPage> {
    const page = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        Limit: limit,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: {
          ":pk": userPk(user),
          ":first": WATCH_PREFIX,
          // Connection ids are base64, which sorts before `~`.
          ":last": WATCH_PREFIX + (until ?? "~"),
        },
        // The last connection of the previous page; its row need not exist any more.
        ...(from !== undefined && { ExclusiveStartKey: { ...watchKey(user, from) } }),
      }),
      { abortSignal: signal },
    );
    const watchers = liveWatchers(page.Items ?? [], nowMs);
    const last = page.LastEvaluatedKey as { sk: string } | undefined;
    return { watchers, next: last?.sk.slice(WATCH_PREFIX.length) };
  }

  async watching(
    user: string,
    connections: readonly string[],
    nowMs: number,
    signal: AbortSignal,
  ): Promise<readonly Watcher[]> {
    const keys = connections.map((connection) => watchKey(user, connection));
    return liveWatchers(await batchGet(this.#client, this.#table, keys, signal), nowMs);
  }

  /** Reads a page of the user's partition: rows of watchers, and the sets of the user's own connections. */
  async removeAll(user: string, signal: AbortSignal): Promise<number> {
    const { Items = [] } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        Limit: REMOVED_AT_ONCE,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: { ":pk": userPk(user), ":first": WATCH_PREFIX, ":last": WATCH_SET_END },
      }),
      { abortSignal: signal },
    );
    for (const item of Items) await this.#removeOne(user, item, signal);
    return Items.length;
  }

  /** Removes the other end of a watch first, because it is found by this one. */
  async #removeOne(user: string, item: Item, signal: AbortSignal): Promise<void> {
    const { sk, watcher, watched } = item as unknown as StoredWatch & { watched?: readonly string[] };
    if (watched === undefined)
      await this.#removeFromSet(user, watcher, sk.slice(WATCH_PREFIX.length), signal);
    else {
      const connection = sk.slice(WATCH_SET_PREFIX.length);
      const deletes = watched.map((one): Write => ({ DeleteRequest: { Key: watchKey(one, connection) } }));
      await batchWrite(this.#client, this.#table, deletes, signal);
    }
    const Key = { pk: userPk(user), sk };
    const deletion = new DeleteCommand({ TableName: this.#table, Key });
    await retryConflicts(() => this.#client.send(deletion, { abortSignal: signal }), signal);
  }

  /** Takes a user out of a connection's set. If the set is replaced meanwhile, the newer one stays. */
  async #removeFromSet(
    user: string,
    watcher: string,
    connection: string,
    signal: AbortSignal,
  ): Promise<void> {
    const Key = { ...watchSetKey(watcher, connection) };
    const get = new GetCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item: set } = await this.#client.send(get, { abortSignal: signal });
    const before = (set?.watched ?? []) as readonly string[];
    if (!before.includes(user)) return;
    const update = new UpdateCommand({
      TableName: this.#table,
      Key,
      UpdateExpression: "SET watched = :after",
      ConditionExpression: "watched = :before",
      ExpressionAttributeValues: { ":before": before, ":after": before.filter((one) => one !== user) },
    });
    await failureOf(retryConflicts(() => this.#client.send(update, { abortSignal: signal }), signal));
  }

  async remove(user: string, connection: string, signal: AbortSignal): Promise<void> {
    const command = new DeleteCommand({ TableName: this.#table, Key: { ...watchKey(user, connection) } });
    await retryConflicts(() => this.#client.send(command, { abortSignal: signal }), signal);
  }
}

function liveWatchers(items: readonly Item[], nowMs: number): Watcher[] {
  return items
    .map((item) => item as unknown as StoredWatch)
    .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
    .map(({ sk, watcher, conversation }) => ({
      user: watcher,
      connection: sk.slice(WATCH_PREFIX.length),
      ...(conversation !== undefined && { conversation }),
    }));
}
