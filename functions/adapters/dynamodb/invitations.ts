import { createHash } from "node:crypto";
import { type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { firstTaken, type InvitationState, taken } from "../../core/invitations/invitation-budget.ts";
import type { Invitations } from "../../ports/invitations.ts";
import { isConditionFailure } from "./errors.ts";
import { withSchema } from "./items.ts";
import { userKey } from "./keys.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/** Attributes of the item in an error of the document client, as DynamoDB sent them. */
interface RawItem {
  readonly invitedUntilMs?: { readonly N?: string };
  readonly invited?: { readonly S?: string };
}

/**
 * Two attributes of the user item, beside the leases: `invitedUntilMs`, and `invited`, digests of the keys separated by
 * spaces. A user without outstanding invitations takes one update; otherwise its failed condition returns the state,
 * and a second update follows.
 */
export class DynamoInvitations implements Invitations {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async take(
    user: string,
    { key, count }: { readonly key: string; readonly count: number },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const invitation = { key: digest(key), count };
    const first = firstTaken(invitation.key, count, nowMs);
    const condition = "attribute_not_exists(invitedUntilMs) OR invitedUntilMs <= :before";
    let before = await this.#write(user, first, condition, nowMs, signal);
    while (before !== undefined) {
      const after = taken(before, invitation, nowMs);
      if (after === before) return undefined;
      if ("waitMs" in after) return after.waitMs;
      before = await this.#write(user, after, "invitedUntilMs = :before", before.untilMs, signal);
    }
    return undefined;
  }

  /** Returns undefined if the state was written, or the one that stands there. */
  async #write(
    user: string,
    { untilMs, keys }: InvitationState,
    condition: string,
    beforeMs: number,
    signal: AbortSignal,
  ): Promise<InvitationState | undefined> {
    const command = new UpdateCommand({
      TableName: this.#table,
      Key: userKey(user),
      ...withSchema({
        UpdateExpression: "SET invitedUntilMs = :until, invited = :keys",
        ExpressionAttributeValues: { ":until": untilMs, ":keys": keys.join(" "), ":before": beforeMs },
      }),
      ConditionExpression: condition,
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    try {
      await retryConflicts(() => this.#client.send(command, { abortSignal: signal }), signal);
      return undefined;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const { invitedUntilMs, invited } = (error as { Item?: RawItem }).Item ?? {};
      return { untilMs: Number(invitedUntilMs?.N ?? 0), keys: (invited?.S ?? "").split(" ") };
    }
  }
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest().subarray(0, 8).toString("base64url");
}
