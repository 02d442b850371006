import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { DynamoConversationLog } from "../../../../functions/adapters/dynamodb/conversation-log.ts";
import { meetsCondition } from "../../../../functions/adapters/dynamodb/errors.ts";
import { DynamoInbox } from "../../../../functions/adapters/dynamodb/inbox.ts";
import { segmentOf } from "../../../../functions/adapters/dynamodb/items.ts";
import { conversationPk, headKey, segmentKey } from "../../../../functions/adapters/dynamodb/keys.ts";
import { isDirect } from "../../../../functions/core/log/conversation-id.ts";
import type { Segment } from "../../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../../functions/ports/inbox.ts";
import type { HeadsStore } from "../heads-store.ts";
import type { StoredConversation } from "../stored-conversation.ts";
import { ConversationItems } from "./conversation-items.ts";

/** Times that a conversation is read anew because it was written meanwhile. */
const MAX_READS = 5;

export class DynamoHeadsStore implements HeadsStore {
  readonly log: DynamoConversationLog;
  readonly #inbox: DynamoInbox;
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #signal: AbortSignal;

  constructor(client: DynamoDBDocumentClient, table: string, signal: AbortSignal) {
    this.log = new DynamoConversationLog(client, table);
    this.#inbox = new DynamoInbox(client, table);
    this.#client = client;
    this.#table = table;
    this.#signal = signal;
  }

  async read(conversation: string, users: readonly string[]): Promise<StoredConversation | undefined> {
    for (let read = 0; read < MAX_READS; read++) {
      const items = await this.#items(conversation);
      const stored = items.stored(await this.rows(conversation, [...items.users, ...users]));
      if ((await this.#version(conversation)) === stored.head?.version) return stored;
    }
    return undefined;
  }

  /** Returns the inbox rows of these users, and in a direct conversation of their peers. */
  async rows(conversation: string, users: readonly string[]): Promise<ReadonlyMap<string, InboxRow>> {
    const rows = await this.#rowsOf(conversation, users);
    if (!isDirect(conversation)) return rows;
    const peers = [...rows.values()].flatMap(({ peer }) =>
      peer === undefined || rows.has(peer) ? [] : [peer],
    );
    return peers.length === 0 ? rows : new Map([...rows, ...(await this.#rowsOf(conversation, peers))]);
  }

  async segment(conversation: string, firstSeq: number): Promise<Segment | undefined> {
    const Key = segmentKey(conversation, firstSeq);
    const get = new GetCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item } = await this.#client.send(get, { abortSignal: this.#signal });
    return Item && segmentOf(Item);
  }

  async deleteSegment(conversation: string, firstSeq: number, headVersion: string): Promise<void> {
    const command = new DeleteCommand({
      TableName: this.#table,
      Key: segmentKey(conversation, firstSeq),
      ConditionExpression: "headVersion = :headVersion",
      ExpressionAttributeValues: { ":headVersion": headVersion },
    });
    await meetsCondition(this.#client.send(command, { abortSignal: this.#signal }));
  }

  async #items(conversation: string): Promise<ConversationItems> {
    const items = new ConversationItems(conversation);
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": conversationPk(conversation) },
      },
      { abortSignal: this.#signal },
    );
    for await (const { Items = [] } of pages) for (const item of Items) items.add(item);
    return items;
  }

  async #version(conversation: string): Promise<unknown> {
    const Key = headKey(conversation);
    const get = new GetCommand({ TableName: this.#table, Key, ConsistentRead: true });
    const { Item } = await this.#client.send(get, { abortSignal: this.#signal });
    return Item?.version;
  }

  async #rowsOf(conversation: string, users: readonly string[]): Promise<Map<string, InboxRow>> {
    const distinct = [...new Set(users)];
    const keys = distinct.map((user) => ({ user, conversation }));
    const rows = await this.#inbox.rows(keys, this.#signal);
    return new Map(
      distinct.flatMap((user, index) => {
        const row = rows[index];
        return row === undefined ? [] : [[user, row] as const];
      }),
    );
  }
}
