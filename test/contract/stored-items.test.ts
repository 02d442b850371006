import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DynamoAbuseCounter } from "../../functions/adapters/dynamodb/abuse-counter.ts";
import { DynamoConversationLog } from "../../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../../functions/adapters/dynamodb/inbox.ts";
import { itemBytes } from "../../functions/adapters/dynamodb/item-bytes.ts";
import { ITEM_KINDS, itemKind } from "../../functions/adapters/dynamodb/item-kinds.ts";
import { headItem, type Item } from "../../functions/adapters/dynamodb/items.ts";
import { headKey, segmentKey } from "../../functions/adapters/dynamodb/keys.ts";
import { DynamoLeases } from "../../functions/adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../../functions/adapters/dynamodb/watches.ts";
import type { Head } from "../../functions/ports/conversation-log.ts";
import { type DynamoDb, startDynamoDb } from "../../local/dynamodb/dynamodb.ts";
import { provisionTable } from "../../local/dynamodb/table.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { TABLE as SHAPE } from "../../wiring/manifest.ts";
import {
  appended,
  create,
  entries,
  head,
  newDirect,
  newGroup,
  nextChange,
  nextHead,
  segment,
  signal,
  tailSegment,
} from "./log-fixtures.ts";

// How the ports' values are stored. That they are read as they were written is in the suites of store.test.ts.

const TABLE = "stored";
const UNIT_BYTES = 1024;

let dynamodb: DynamoDb;
let client: DynamoDBDocumentClient;
let log: DynamoConversationLog;

beforeAll(async () => {
  dynamodb = await startDynamoDb({});
  const plain = new DynamoDBClient(clientConfig(dynamodb.endpoint, "eu-central-1"));
  await provisionTable(plain, TABLE);
  client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
});
beforeEach(() => {
  log = new DynamoConversationLog(client, TABLE);
});
afterAll(() => dynamodb.stop());

async function stored(key: object): Promise<Item> {
  const get = new GetCommand({ TableName: TABLE, Key: { ...key }, ConsistentRead: true });
  return (await client.send(get)).Item ?? {};
}

test("every item tells the version of its form, whichever write made it", async () => {
  const { conversation, ...group } = newGroup();
  await create(log, { conversation, ...group });
  const grown = appended(group.after, 2);
  await log.update(conversation, group.after, grown, signal);
  await log.flush(conversation, tailSegment(grown), signal);
  await log.change(conversation, nextChange(grown, { members: [{ ...group.members[0] } as never] }), signal);
  const inbox = new DynamoInbox(client, TABLE);
  await inbox.advance({ user: "one", conversation }, { kind: "read", seq: 1 }, signal);
  const forgotten = newDirect();
  await create(log, forgotten);
  await inbox.forget({ user: forgotten.users[0], conversation: forgotten.conversation }, [[1]], signal);

  const leases = new DynamoLeases(client, TABLE);
  const lease = { connection: "c", device: undefined, connectedAtMs: 1, expiresAtMs: 2 };
  await leases.put("first put", lease, 1, signal);
  await leases.remove("first removed", "c", 1, signal);
  await leases.markOffline("first offline", 0, signal);
  await leases.revoke("first revoked", 1, signal);
  await leases.penalize("first penalized", 1, signal);
  await new DynamoAbuseCounter(client, TABLE).count("first counted", 1, signal);
  await new DynamoWatches(client, TABLE).replace({ user: "w", connection: "c" }, ["watched"], 1, signal);

  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: TABLE }));
  expect([...new Set(items.map(itemKind))].sort()).toEqual(Object.keys(ITEM_KINDS).sort());
  expect(items.filter(({ schema }) => schema !== 1)).toEqual([]);
});

describe("a head holds nothing that can be derived, and nothing that it does not have", () => {
  const NEEDED = [
    "createdAtMs",
    "epoch",
    "epochBase",
    "history",
    "kind",
    "memberCount",
    "membersVersion",
    "ownerCount",
    "pk",
    "schema",
    "sk",
    "tailFirst",
    "updatedAtMs",
    "version",
  ];
  const lean = head(4, { tail: entries(3, 2), decided: [] });
  const cases: [string, Head, string[]][] = [
    ["with a tail", lean, ["tail"]],
    ["without a tail", head(4, { decided: [] }), ["preview"]],
    ["without an entry", head(0, { decided: [], preview: undefined }), []],
    [
      "with optional values that it does not have",
      { ...lean, title: undefined, flushDue: false, announcedSeq: undefined, bucket: undefined },
      ["tail"],
    ],
    ["with a deduplication window", head(4, { preview: undefined }), ["decided"]],
  ];

  test.each(cases)("%s, when it is created", async (_, after, optional) => {
    const { conversation } = newDirect();
    await create(log, { conversation, before: undefined, after, segments: [], members: [] });
    expect(Object.keys(await stored(headKey(conversation))).sort()).toEqual([...NEEDED, ...optional].sort());
  });

  test.each(cases)("%s, when it had more before", async (_, values, optional) => {
    const { conversation } = newDirect();
    const full = head(9, {
      tail: entries(9, 1),
      title: "T",
      flushDue: true,
      queuedUntilMs: 1,
      announcedSeq: 1,
      retentionSeconds: 1,
      keptFromMs: 1,
      shorter: { seconds: 1, untilMs: 1 },
      periods: [{ lastSeq: 1, lastSentAtMs: 1, seconds: 1 }],
      bucket: { tokens: 1, pace: 1, atMs: 1 },
    });
    await create(log, { conversation, before: undefined, after: full, segments: [], members: [] });
    const { version } = nextHead(full);
    expect(await log.update(conversation, full, { ...values, version }, signal)).toEqual({ done: true });
    expect(Object.keys(await stored(headKey(conversation))).sort()).toEqual([...NEEDED, ...optional].sort());
  });
});

test("the entries of tail and segment are text, in which nothing is left out or changed", async () => {
  const { conversation, after, ...rest } = newDirect();
  const tailed = appended(after, 1);
  await create(log, { conversation, after, ...rest });
  await log.update(conversation, after, tailed, signal);
  await log.flush(conversation, tailSegment(tailed), signal);
  const { tail } = await stored(headKey(conversation));
  expect((await stored(segmentKey(conversation, 2))).entries).toBe(tail);
  const [{ seq: _, ...entry } = { seq: 0 }] = entries(2, 1);
  expect(tail).toBe(JSON.stringify([entry]));
  expect(tail).toContain("\\ud83d");
});

test("the store deletes a segment in the second after it expires", async () => {
  const { conversation, ...rest } = newDirect();
  await create(log, { conversation, ...rest });
  await log.flush(conversation, segment(2, 1, { expiresAtMs: 4_102_444_800_001 }), signal);
  expect((await stored(segmentKey(conversation, 2)))[SHAPE.ttl]).toBe(4_102_444_801);
  expect(await stored(segmentKey(conversation, 1))).not.toHaveProperty(SHAPE.ttl);
});

describe("the size of an item is what the store bills", () => {
  /** Units that a put of the item takes. */
  async function unitsOf(item: Item): Promise<number | undefined> {
    const put = new PutCommand({ TableName: TABLE, Item: item, ReturnConsumedCapacity: "TOTAL" });
    return (await client.send(put)).ConsumedCapacity?.CapacityUnits;
  }

  test.each<[string, unknown]>([
    ["text", "é👍名"],
    ["a boolean", true],
    ["null", null],
    ["zero", 0],
    ["an even number of digits", 1_234],
    ["an odd number of digits", 12_345],
    ["a time", 1_700_000_000_123],
    ["a round number", 1_700_000_000_000],
    ["a negative number", -42],
    ["a fraction", 12.34],
    ["a fraction of two digits", 9.5],
    ["a small fraction", 0.05],
    ["a list", ["a", 1, true]],
    ["lists of lists", [[1, 5], [7]]],
    ["a map", { seq: 7, sender: "alice", text: "名" }],
  ])("with %s", async (name, value) => {
    const item = { pk: "size", sk: name, value, pad: "" };
    const padded = (bytes: number) => ({ ...item, pad: "x".repeat(bytes - itemBytes(item)) });
    for (const units of [1, 2]) {
      expect(await unitsOf(padded(units * UNIT_BYTES))).toBe(units);
      expect(await unitsOf(padded(units * UNIT_BYTES + 1))).toBe(units + 1);
    }
  });

  test("for a head with all it can have", async () => {
    const { conversation } = newDirect();
    const rich = (title: string) =>
      head(1_000_000, {
        tail: entries(999_999, 2),
        title,
        queuedUntilMs: 1_700_000_002_000,
        bucket: { tokens: 99.25, pace: 9.5, atMs: 1_700_000_000_123 },
        shorter: { seconds: 3_600, untilMs: 1_700_000_000_123 },
      });
    const bytes = log.storedBytes(conversation, rich(""));
    // The attribute is there even if it is empty.
    for (const units of [2, 3]) {
      for (const over of [0, 1]) {
        const padded = rich("x".repeat(units * UNIT_BYTES + over - bytes));
        expect(log.storedBytes(conversation, padded)).toBe(units * UNIT_BYTES + over);
        expect(await unitsOf(headItem(conversation, padded))).toBe(units + over);
      }
    }
  });

  test("for a head as it is after an update", async () => {
    const { conversation, after, ...rest } = newDirect();
    await create(log, { conversation, after, ...rest });
    const grown = appended(after, 3);
    await log.update(conversation, after, grown, signal);
    expect(itemBytes(await stored(headKey(conversation)))).toBe(log.storedBytes(conversation, grown));
  });
});
