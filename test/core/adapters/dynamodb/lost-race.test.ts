import { PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { failureOf } from "../../../../functions/adapters/dynamodb/lost-race.ts";
import type { ScriptedAnswer } from "../../../support/aws/scripted-aws.ts";
import {
  CONFLICT,
  cancelled,
  conditionFailed,
  scriptedDynamoDb,
} from "../../../support/aws/scripted-dynamodb.ts";

const Item = { pk: { S: "C#c" }, version: { S: "v" }, bucket: { L: [{ N: "1.25" }] }, gone: { BOOL: true } };
const ITEM = { pk: "C#c", version: "v", bucket: [1.25], gone: true };

const put = new PutCommand({ TableName: "t", Item: { pk: "C#c", sk: "HEAD" } });
const transaction = new TransactWriteCommand({ TransactItems: [{ Put: { TableName: "t", Item: ITEM } }] });

async function failure(
  answer: ScriptedAnswer,
  { command, codes }: { command?: typeof transaction; codes?: readonly string[] } = {},
) {
  const { client } = await scriptedDynamoDb(answer);
  return failureOf(command === undefined ? client.send(put) : client.send(command), codes);
}

test("a write that is done is no lost race", async () => {
  expect(await failure({})).toBeUndefined();
  expect(await failure({}, { command: transaction })).toBeUndefined();
});

const lost: [string, ScriptedAnswer, object | undefined][] = [
  ["whose condition fails brings the item that won", conditionFailed(Item), ITEM],
  ["whose condition fails because there is no item brings none", conditionFailed(), undefined],
  ["that meets a transaction brings no item", CONFLICT, undefined],
];
test.each(lost)("a plain write %s", async (_, answer, item) => {
  expect(await failure(answer)).toEqual({ item });
});

const FAILED = { Code: "ConditionalCheckFailed", Item };
const cancellations: [string, ScriptedAnswer, object | undefined][] = [
  ["whose first condition fails brings the item that won", cancelled(FAILED, "None"), ITEM],
  ["brings it whatever else fails", cancelled(FAILED, "TransactionConflict"), ITEM],
  [
    "whose first condition fails because there is no item brings none",
    cancelled("ConditionalCheckFailed"),
    undefined,
  ],
  [
    "that meets another one brings no item, whichever of its items they share",
    cancelled("None", "TransactionConflict"),
    undefined,
  ],
  ["does not take the item of a later action for the head", cancelled("None", FAILED), undefined],
];
test.each(cancellations)("a transaction %s", async (_, answer, item) => {
  expect(await failure(answer, { command: transaction })).toEqual({ item });
});

test("a conflict is an error where only a condition is a lost race", async () => {
  const codes = ["ConditionalCheckFailed"];
  const conflicting = cancelled("None", "TransactionConflict");
  await expect(failure(conflicting, { command: transaction, codes })).rejects.toMatchObject({
    name: "TransactionCanceledException",
  });
  expect(await failure(cancelled("None", FAILED), { command: transaction, codes })).toEqual({
    item: undefined,
  });
});

test.each([
  { error: "ProvisionedThroughputExceededException" },
  { error: "ValidationException" },
  { error: "InternalServerError" },
  cancelled("None", "ThrottlingError"),
  cancelled("ValidationError"),
])("any other error is thrown: $error", async (answer) => {
  await expect(failure(answer)).rejects.toMatchObject({ name: answer.error });
});
