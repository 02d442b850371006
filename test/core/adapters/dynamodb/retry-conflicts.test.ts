import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { DynamoAbuseCounter } from "../../../../functions/adapters/dynamodb/abuse-counter.ts";
import { DynamoConversationLog } from "../../../../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../../../../functions/adapters/dynamodb/inbox.ts";
import { DynamoInvitations } from "../../../../functions/adapters/dynamodb/invitations.ts";
import { DynamoLeases } from "../../../../functions/adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../../../../functions/adapters/dynamodb/watches.ts";
import type { Lease } from "../../../../functions/ports/leases.ts";
import { clientConfig } from "../../../../local/util/sdk.ts";
import { scriptedAws } from "../../../support/aws/scripted-aws.ts";
import { CONFLICT, cancelled, scriptedDynamoDb } from "../../../support/aws/scripted-dynamodb.ts";

const TABLE = "t";
const KEY = { user: "alice", conversation: "c" };
const never = new AbortController().signal;

type Write = (client: DynamoDBDocumentClient, signal: AbortSignal) => Promise<unknown>;

const lease: Lease = { connection: "x", device: "d", connectedAtMs: 1, expiresAtMs: 2, issuedAtMs: 1 };

const WRITES: [string, Write][] = [
  [
    "a cursor in an inbox row",
    (client, signal) => new DynamoInbox(client, TABLE).advance(KEY, { kind: "read", seq: 1 }, signal),
  ],
  [
    "a setting in an inbox row",
    (client, signal) => new DynamoInbox(client, TABLE).set(KEY, { quiet: true }, signal),
  ],
  ["a lease", (client, signal) => new DynamoLeases(client, TABLE).put("alice", lease, 1, signal)],
  ["a lease's end", (client, signal) => new DynamoLeases(client, TABLE).remove("alice", "x", 1, signal)],
  ["presence", (client, signal) => new DynamoLeases(client, TABLE).markOnline("alice", 1, 2, signal)],
  ["a refusal", (client, signal) => new DynamoAbuseCounter(client, TABLE).count("alice", 1, signal)],
  [
    "an invitation",
    (client, signal) => new DynamoInvitations(client, TABLE).take("alice", { key: "k", count: 1 }, 1, signal),
  ],
  ["the end of a watch", (client, signal) => new DynamoWatches(client, TABLE).remove("alice", "x", signal)],
];

test("the write of a set of watched users, which is read first, waits for a transaction of others", async () => {
  const read = { Responses: { [TABLE]: [] } };
  const { client, calls } = await scriptedDynamoDb(read, CONFLICT, CONFLICT);
  await new DynamoWatches(client, TABLE).replace({ user: "alice", connection: "x" }, ["bob"], 1, never);
  const update = "UpdateItem";
  expect(calls.map(({ action }) => action)).toEqual([
    "BatchGetItem",
    update,
    update,
    update,
    "BatchWriteItem",
  ]);
});

test.for(WRITES)("the write of %s waits for a transaction of others", async ([, write]) => {
  const { client, calls } = await scriptedDynamoDb(CONFLICT, CONFLICT);
  await write(client, never);
  expect(calls).toHaveLength(3);
  expect(new Set(calls.map(({ input }) => JSON.stringify(input))).size).toBe(1);
});

test.for(WRITES)("the write of %s fails with the conflict when it does not end", async ([, write]) => {
  const { client, calls } = await scriptedDynamoDb(...Array.from({ length: 9 }, () => CONFLICT));
  await expect(write(client, never)).rejects.toMatchObject({ name: "TransactionConflictException" });
  expect(calls).toHaveLength(5);
});

test("the write of a set of watched users, after it was read, waits for a transaction of others", async () => {
  const { client, calls } = await scriptedDynamoDb({}, CONFLICT, CONFLICT);
  await new DynamoWatches(client, TABLE).replace({ user: "alice", connection: "x" }, ["bob"], 1, never);
  const actions = calls.map(({ action }) => action);
  expect(actions).toEqual(["BatchGetItem", "UpdateItem", "UpdateItem", "UpdateItem", "BatchWriteItem"]);
});

const mute: Write = (client, signal) =>
  new DynamoConversationLog(client, TABLE).mute("c", "alice", true, signal);

test("muting, which is a transaction itself, waits for others, whichever of its items they have", async () => {
  const { client, calls } = await scriptedDynamoDb(
    cancelled("None", "TransactionConflict"),
    cancelled("TransactionConflict", "TransactionConflict"),
  );
  expect(await mute(client, never)).toBe(true);
  expect(calls).toHaveLength(3);
});

test("a transaction that fails for another reason too is not tried again", async () => {
  const { client, calls } = await scriptedDynamoDb(
    cancelled("ConditionalCheckFailed", "TransactionConflict"),
  );
  expect(await mute(client, never)).toBe(false);
  expect(calls).toHaveLength(1);
});

test("the pause between attempts ends when the caller gives up", async () => {
  const caller = new AbortController();
  const { url, calls } = await scriptedAws(() => {
    caller.abort(new Error("given up"));
    return CONFLICT;
  });
  const plain = new DynamoDBClient({ ...clientConfig(url, "eu-central-1"), maxAttempts: 1 });
  const [, write] = WRITES[0] ?? [];
  await expect(write?.(DynamoDBDocumentClient.from(plain), caller.signal)).rejects.toThrow();
  expect(calls).toHaveLength(1);
});
