import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { onTestFinished } from "vitest";
import { clientConfig } from "../../../local/util/sdk.ts";
import { type ScriptedAnswer, scriptedAws } from "./scripted-aws.ts";

/** DynamoDB's answer to a plain write of an item that a transaction is writing. */
export const CONFLICT = { error: "TransactionConflictException" };

/** Builds DynamoDB's answer to a plain write whose condition does not hold, with the item that it found. */
export function conditionFailed(Item?: object) {
  return { error: "ConditionalCheckFailedException", fields: { ...(Item && { Item }) } };
}

/** Builds DynamoDB's answer to a transaction that it does not make: a reason for each action. */
export function cancelled(
  ...reasons: readonly (string | { readonly Code: string; readonly Item: object })[]
) {
  const CancellationReasons = reasons.map((one) => (typeof one === "string" ? { Code: one } : one));
  return { error: "TransactionCanceledException", fields: { CancellationReasons } };
}

/** Starts a DynamoDB that gives these answers in order, and an empty result to every later call. */
export async function scriptedDynamoDb(...answers: ScriptedAnswer[]) {
  const { url, calls } = await scriptedAws(() => answers.shift() ?? {});
  const plain = new DynamoDBClient({ ...clientConfig(url, "eu-central-1"), maxAttempts: 1 });
  onTestFinished(() => plain.destroy());
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  return { client, calls };
}
