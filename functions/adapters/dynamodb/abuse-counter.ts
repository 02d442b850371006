import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { AbuseCounter } from "../../ports/abuse-counter.ts";
import { isConditionFailure } from "./errors.ts";
import { withSchema } from "./items.ts";
import { userKey } from "./keys.ts";
import { retryConflicts } from "./retry-conflicts.ts";

const WINDOW_MS = 60_000;

/** The counter is two attributes of the user item, and never touches the leases beside them. */
export class DynamoAbuseCounter implements AbuseCounter {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Takes one update within a window. The first count of a window, which ends the previous one, takes two or three. */
  async count(user: string, nowMs: number, signal: AbortSignal): Promise<number> {
    const window = Math.floor(nowMs / WINDOW_MS);
    const increment = () =>
      this.#update(user, window, "SET refused = refused + :one", "refusedWindow = :window", signal);
    const begin = () =>
      this.#update(
        user,
        window,
        "SET refused = :one, refusedWindow = :window",
        "attribute_not_exists(refusedWindow) OR refusedWindow < :window",
        signal,
      );
    // If neither applies, this clock lags by a window, and the window it counts in is over.
    return (await increment()) ?? (await begin()) ?? (await increment()) ?? 1;
  }

  async #update(
    user: string,
    window: number,
    update: `SET ${string}`,
    condition: string,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: userKey(user),
      ...withSchema({
        UpdateExpression: update,
        ExpressionAttributeValues: { ":one": 1, ":window": window },
      }),
      ConditionExpression: condition,
      ReturnValues: "UPDATED_NEW",
    });
    try {
      const send = () => this.#client.send(command, { abortSignal: signal });
      const { Attributes } = await retryConflicts(send, signal);
      return Number(Attributes?.refused);
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  }
}
