import { describe, expect, test } from "vitest";
import { DynamoConversationLog } from "../../../../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../../../../functions/adapters/dynamodb/inbox.ts";
import type { Head } from "../../../../functions/ports/conversation-log.ts";
import type { ScriptedAnswer, ScriptedCall } from "../../../support/aws/scripted-aws.ts";
import { CONFLICT, conditionFailed, scriptedDynamoDb } from "../../../support/aws/scripted-dynamodb.ts";
import { headOf } from "../../../support/frames.ts";

// What the contract suites cannot see: the requests themselves, and answers that dynoxide does not give.

const never = new AbortController().signal;

async function scriptedLog(...answers: ScriptedAnswer[]) {
  const { client, calls } = await scriptedDynamoDb(...answers);
  return { log: new DynamoConversationLog(client, "t"), inbox: new DynamoInbox(client, "t"), calls };
}

const before = headOf({ lastSeq: 3, version: "001.00000003.AAAA" });
const after: Head = { ...before, version: "001.00000004.AAAA", title: "T", announcedSeq: 3 };
const segment = {
  entries: [{ seq: 4, id: "e", sender: "alice", kind: "x.a", body: 1, sentAtMs: 1 }],
  headVersion: "v",
};
const members = [{ user: "alice", role: "member" as const, ranges: [[1] as const] }];

type Ports = Awaited<ReturnType<typeof scriptedLog>>;
type Run = (ports: Ports) => Promise<unknown>;

const READS: [string, Run][] = [
  ["of a small conversation", ({ log }) => log.read("c", ["alice"], never)],
  ["of members", ({ log }) => log.members("c", { limit: 9 }, never)],
  ["forwards", ({ log }) => log.readForward("c", { fromSeq: 5, toSeq: 9 }, never)],
  ["backwards", ({ log }) => log.readBackward("c", { fromSeq: 5, toSeq: 9, maxSegments: 2 }, never)],
  ["of heads", ({ inbox }) => inbox.heads(["c"], never)],
];

test.each(READS)("a read %s is strongly consistent", async (_, read) => {
  const ports = await scriptedLog();
  await read(ports);
  expect(ports.calls.length).toBeGreaterThan(0);
  for (const call of ports.calls) expect(isConsistent(call)).toBe(true);
});

function isConsistent({ input }: ScriptedCall): boolean {
  const { ConsistentRead, RequestItems } = input as { ConsistentRead?: boolean; RequestItems?: object };
  return RequestItems === undefined
    ? ConsistentRead === true
    : Object.values(RequestItems).every((keys) => (keys as { ConsistentRead?: boolean }).ConsistentRead);
}

const HEAD = { pk: { S: "C#c" }, sk: { S: "HEAD" }, version: { S: "v" }, tailFirst: { N: "1" } };

test("a large group's head is read before the rows: no row is older than the head it is read with", async () => {
  const LastEvaluatedKey = { pk: { S: "C#c" }, sk: { S: "MEMBER#7f#x" } };
  const { log, calls } = await scriptedLog({ Items: [HEAD], LastEvaluatedKey }, { Item: HEAD });
  await log.read("c", ["alice"], never);
  expect(calls.map(({ action }) => action)).toEqual(["Query", "GetItem", "BatchGetItem"]);
  expect(calls.every(isConsistent)).toBe(true);
});

describe("what an environment remembers of large groups", () => {
  const LastEvaluatedKey = { pk: { S: "C#c" }, sk: { S: "MEMBER#7f#x" } };
  const large = { Item: { ...HEAD, memberCount: { N: "200" } } };
  const small = { Item: { ...HEAD, memberCount: { N: "3" } } };
  const found = [{ Items: [HEAD], LastEvaluatedKey }, large, {}];
  const again = [large, {}];

  async function readEach(conversations: readonly string[], ...answers: ScriptedAnswer[]) {
    const { client, calls } = await scriptedDynamoDb(...answers);
    const log = new DynamoConversationLog(client, "t", 2);
    for (const conversation of conversations) await log.read(conversation, ["alice"], never);
    return calls.map(({ action }) => action);
  }

  test("saves the read of its members next time, and is forgotten one group at a time", async () => {
    const answers = [...found, ...found, ...found, ...again, ...again, ...found];
    expect(await readEach(["a", "b", "c", "c", "b", "a"], ...answers)).toEqual(
      [3, 3, 3, 2, 2, 3].flatMap((calls) => ["Query", "GetItem", "BatchGetItem"].slice(3 - calls)),
    );
  });

  test("is forgotten when the group has become small: that costs one more read once", async () => {
    const answers = [...found, small, {}, { Items: [HEAD] }, { Items: [HEAD] }];
    expect((await readEach(["a", "a", "a"], ...answers)).slice(3)).toEqual([
      "GetItem",
      "BatchGetItem",
      "Query",
      "Query",
    ]);
  });
});

const HEAD_WRITES: [string, Run][] = [
  ["an update", ({ log }) => log.update("c", before, after, never)],
  ["a change", ({ log }) => log.change("c", { before, after, segments: [segment], members }, never)],
  [
    "a creation",
    ({ log }) => log.change("c", { before: undefined, after, segments: [segment], members }, never),
  ],
  ["a flush", ({ log }) => log.flush("c", segment, never)],
];

interface WriteAction {
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly UpdateExpression?: string;
}

/** The first action of a request, as every request is one or has some. */
function firstAction({ input }: ScriptedCall): WriteAction {
  const { TransactItems, ...plain } = input as { TransactItems?: readonly Record<string, WriteAction>[] };
  return TransactItems === undefined ? plain : (Object.values(TransactItems[0] ?? {})[0] ?? {});
}

test.each(HEAD_WRITES)("%s is one request, conditional, and asks what won", async (_, write) => {
  const ports = await scriptedLog();
  await write(ports);
  expect(ports.calls).toHaveLength(1);
  const [action] = ports.calls.map(firstAction);
  expect(action?.ConditionExpression).toBeDefined();
  expect(action?.ReturnValuesOnConditionCheckFailure).toBe("ALL_OLD");
});

test.each(HEAD_WRITES)(
  "%s that meets a transaction is a lost race, and not tried again",
  async (_, write) => {
    const ports = await scriptedLog(CONFLICT);
    const result = await write(ports);
    expect(result === undefined || !(result as { done: boolean }).done).toBe(true);
    expect(ports.calls).toHaveLength(1);
  },
);

test("an update names every attribute by a placeholder, because some names are reserved words", async () => {
  const { log, calls } = await scriptedLog();
  await log.update("c", before, after, never);
  const [action] = calls.map(firstAction);
  const words =
    `${action?.UpdateExpression} ${action?.ConditionExpression}`.match(/[#:]?\b[a-zA-Z]+\b/g) ?? [];
  expect(words.filter((word) => !/^[#:]/.test(word))).toEqual(["SET", "REMOVE"]);
});

test("an update writes no attribute twice, and none that a head keeps for ever", async () => {
  const { log, calls } = await scriptedLog();
  await log.update("c", before, after, never);
  const [action] = calls.map(firstAction);
  const [set = "", remove = ""] = action?.UpdateExpression?.split(" REMOVE ") ?? [];
  const names = [...set.matchAll(/(#\w+) = /g), ...remove.matchAll(/(#\w+)/g)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.values(action?.ExpressionAttributeNames ?? {})).not.toContain("kind");
  expect(Object.values(action?.ExpressionAttributeNames ?? {})).not.toContain("createdAtMs");
});

test("a flush that meets a conflict, or lost to a segment that was then deleted, has no end", async () => {
  const { log } = await scriptedLog(CONFLICT, conditionFailed());
  expect(await log.flush("c", segment, never)).toBeUndefined();
  expect(await log.flush("c", segment, never)).toBeUndefined();
});

test("a note that events are published is left out when others are writing: they are published again", async () => {
  const { log, calls } = await scriptedLog(CONFLICT);
  await log.announced("c", 3, never);
  expect(calls).toHaveLength(1);
});
