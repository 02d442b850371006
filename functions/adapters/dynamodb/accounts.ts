import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { TABLE } from "../../../wiring/manifest.ts";
import type { Accounts } from "../../ports/accounts.ts";
import { isConditionFailure } from "./errors.ts";
import { SCHEMA, withSchema } from "./items.ts";
import { userKey } from "./keys.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/** Time for which tokens of before an erasure are refused. An issuer's tokens live for less. */
const REVOKED_DAYS = 30;
const SECONDS_PER_DAY = 24 * 60 * 60;

/** One attribute of the user item, `erasing`, beside the leases. */
export class DynamoAccounts implements Accounts {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async begin(user: string, tombstone: string, signal: AbortSignal): Promise<string> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: userKey(user),
      ...withSchema({
        UpdateExpression: "SET erasing = if_not_exists(erasing, :tombstone)",
        ExpressionAttributeValues: { ":tombstone": tombstone },
      }),
      ReturnValues: "UPDATED_NEW",
    });
    const send = () => this.#client.send(command, { abortSignal: signal });
    const { Attributes } = await retryConflicts(send, signal);
    return String(Attributes?.erasing);
  }

  async end(user: string, tombstone: string, nowMs: number, signal: AbortSignal): Promise<void> {
    const get = new GetCommand({ TableName: this.#table, Key: userKey(user), ConsistentRead: true });
    const { Item = {} } = await this.#client.send(get, { abortSignal: signal });
    if (Item.erasing !== tombstone) return;
    const { presenceVersion, revokedBeforeMs } = Item;
    const put = new PutCommand({
      TableName: this.#table,
      Item: {
        ...userKey(user),
        schema: SCHEMA,
        presenceVersion,
        revokedBeforeMs,
        [TABLE.ttl]: Math.ceil(nowMs / 1000) + REVOKED_DAYS * SECONDS_PER_DAY,
      },
      ConditionExpression: "erasing = :tombstone",
      ExpressionAttributeValues: { ":tombstone": tombstone },
    });
    try {
      await retryConflicts(() => this.#client.send(put, { abortSignal: signal }), signal);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
  }
}
