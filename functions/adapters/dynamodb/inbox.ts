import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandOutput,
} from "@aws-sdk/lib-dynamodb";
import type { Head, SeqRange } from "../../ports/conversation-log.ts";
import type { Inbox, InboxKey, InboxPage, InboxRange, InboxRow, InboxSettings } from "../../ports/inbox.ts";
import { batchGet } from "./batch-get.ts";
import { settingsUpdate } from "./change.ts";
import { isConditionFailure, meetsCondition } from "./errors.ts";
import { headOf, type Item, inboxRowOf, SCHEMA } from "./items.ts";
import { FORGOTTEN_PREFIX, forgottenKey, headKey, INBOX_PREFIX, inboxKey, type Key, userPk } from "./keys.ts";
import { failureOf } from "./lost-race.ts";
import { retryConflicts } from "./retry-conflicts.ts";

export class DynamoInbox implements Inbox {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  list(user: string, range: InboxRange, signal: AbortSignal): Promise<InboxPage> {
    return this.#page(user, INBOX_PREFIX, range, signal);
  }

  forgotten(user: string, range: InboxRange, signal: AbortSignal): Promise<InboxPage> {
    return this.#page(user, FORGOTTEN_PREFIX, range, signal);
  }

  async #page(
    user: string,
    prefix: string,
    { from, limit }: InboxRange,
    signal: AbortSignal,
  ): Promise<InboxPage> {
    const page = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        // One more than requested: its id is where the next page begins.
        Limit: limit + 1,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: {
          ":pk": userPk(user),
          ":first": `${prefix}${from ?? ""}`,
          ":last": `${prefix}~`,
        },
      }),
      { abortSignal: signal },
    );
    const rows = (page.Items ?? []).map(inboxRowOf);
    return { rows: rows.slice(0, limit), next: rows[limit]?.conversation };
  }

  async rows(keys: readonly InboxKey[], signal: AbortSignal): Promise<(InboxRow | undefined)[]> {
    const requested = keys.map(({ user, conversation }) => inboxKey(user, conversation));
    const distinct = [...new Map(requested.map((key) => [keyText(key), key])).values()];
    const items = await batchGet(this.#client, this.#table, distinct, signal);
    const byKey = new Map(items.map((item) => [keyText(item), inboxRowOf(item)]));
    return requested.map((key) => byKey.get(keyText(key)));
  }

  async heads(conversations: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, Head>> {
    const items = await batchGet(this.#client, this.#table, conversations.map(headKey), signal);
    const byPk = new Map(items.map((item) => [item.pk, headOf(item)]));
    return new Map(
      conversations.flatMap((conversation) => {
        const head = byPk.get(headKey(conversation).pk);
        return head ? [[conversation, head] as const] : [];
      }),
    );
  }

  async advance(
    { user, conversation }: InboxKey,
    { kind, seq }: { kind: "read" | "delivered"; seq: number },
    signal: AbortSignal,
  ): Promise<InboxRow | undefined> {
    const [moved, other] = kind === "read" ? ["readSeq", "readSeq"] : ["deliveredSeq", "readSeq"];
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { ...inboxKey(user, conversation) },
      UpdateExpression: "SET #moved = :seq, changedAtMs = :now",
      // A read entry counts as delivered.
      ConditionExpression:
        "attribute_exists(pk) AND (attribute_not_exists(#moved) OR #moved < :seq) AND (attribute_not_exists(#other) OR #other < :seq)",
      ExpressionAttributeNames: { "#moved": moved, "#other": other },
      ExpressionAttributeValues: { ":seq": seq, ":now": Date.now() },
      ReturnValues: "ALL_NEW",
    });
    try {
      const { Attributes } = await this.#update(update, signal);
      return Attributes && inboxRowOf(Attributes);
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  }

  async set(
    { user, conversation }: InboxKey,
    settings: InboxSettings,
    signal: AbortSignal,
  ): Promise<boolean> {
    const changed = { ...settings, changedAtMs: Date.now() };
    const update = settingsUpdate(this.#table, inboxKey(user, conversation), changed);
    return meetsCondition(this.#update(new UpdateCommand(update), signal));
  }

  async forget(
    { user, conversation }: InboxKey,
    ranges: readonly SeqRange[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const row = { schema: SCHEMA, role: "member", ranges };
    return this.#tryTransaction(
      [
        { Delete: this.#deletion({ user, conversation }, ranges) },
        { Put: { TableName: this.#table, Item: { ...forgottenKey(user, conversation), ...row } } },
      ],
      signal,
    );
  }

  async recall(key: InboxKey, signal: AbortSignal): Promise<void> {
    const Key = { ...forgottenKey(key.user, key.conversation) };
    const get = new GetCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item: forgotten } = await this.#client.send(get, { abortSignal: signal });
    if (forgotten === undefined) return;
    const Item = { ...forgotten, ...inboxKey(key.user, key.conversation), changedAtMs: Date.now() };
    const actions = [
      { Put: { TableName: this.#table, Item, ConditionExpression: "attribute_not_exists(pk)" } },
      { Delete: { TableName: this.#table, Key } },
    ];
    if (await this.#tryTransaction(actions, signal)) return;
    await retryConflicts(
      () => this.#client.send(new DeleteCommand({ TableName: this.#table, Key }), { abortSignal: signal }),
      signal,
    );
  }

  async removeAdder(key: InboxKey, adder: string, signal: AbortSignal): Promise<void> {
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: { ...inboxKey(key.user, key.conversation) },
      UpdateExpression: "SET changedAtMs = :now REMOVE addedBy",
      ConditionExpression: "addedBy = :adder",
      ExpressionAttributeValues: { ":adder": adder, ":now": Date.now() },
    });
    await meetsCondition(this.#update(update, signal));
  }

  remove(key: InboxKey, ranges: readonly SeqRange[], signal: AbortSignal): Promise<boolean> {
    return meetsCondition(
      retryConflicts(
        () => this.#client.send(new DeleteCommand(this.#deletion(key, ranges)), { abortSignal: signal }),
        signal,
      ),
    );
  }

  #deletion({ user, conversation }: InboxKey, ranges: readonly SeqRange[]) {
    return {
      TableName: this.#table,
      Key: { ...inboxKey(user, conversation) },
      ConditionExpression: "#ranges = :ranges",
      ExpressionAttributeNames: { "#ranges": "ranges" },
      ExpressionAttributeValues: { ":ranges": ranges },
    };
  }

  /** Returns false, and has changed nothing, if a condition failed. */
  #tryTransaction(
    TransactItems: NonNullable<TransactWriteCommandInput["TransactItems"]>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const send = () =>
      this.#client.send(new TransactWriteCommand({ TransactItems }), { abortSignal: signal });
    return failureOf(retryConflicts(send, signal), ["ConditionalCheckFailed"]).then(
      (failure) => failure === undefined,
    );
  }

  #update(update: UpdateCommand, signal: AbortSignal): Promise<UpdateCommandOutput> {
    return retryConflicts(() => this.#client.send(update, { abortSignal: signal }), signal);
  }
}

function keyText({ pk, sk }: Item | Key): string {
  return `${pk} ${sk}`;
}
