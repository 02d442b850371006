import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DynamoAbuseCounter } from "../../functions/adapters/dynamodb/abuse-counter.ts";
import { DynamoAccounts } from "../../functions/adapters/dynamodb/accounts.ts";
import { DynamoConversationLog } from "../../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../../functions/adapters/dynamodb/inbox.ts";
import { DynamoInvitations } from "../../functions/adapters/dynamodb/invitations.ts";
import { type Erasure, ITEM_KINDS, itemKind } from "../../functions/adapters/dynamodb/item-kinds.ts";
import type { Item } from "../../functions/adapters/dynamodb/items.ts";
import * as keys from "../../functions/adapters/dynamodb/keys.ts";
import { DynamoLeases } from "../../functions/adapters/dynamodb/leases.ts";
import { DynamoWatches } from "../../functions/adapters/dynamodb/watches.ts";
import { eraseUser } from "../../functions/core/erase/erase-user.ts";
import { groupConversationId } from "../../functions/core/log/conversation-id.ts";
import type { PublishedEntry } from "../../functions/ports/published-frame.ts";
import { type DynamoDb, startDynamoDb } from "../../local/dynamodb/dynamodb.ts";
import { provisionTable } from "../../local/dynamodb/table.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { TABLE as SHAPE } from "../../wiring/manifest.ts";
import { CommitWorld } from "../core/support/commit-world.ts";
import { ALICE_BOB, published } from "../support/frames.ts";

// Every kind of item that the table has of a user, before and after an erasure.

const TABLE = "erased";
const USERS = ["alice", "bob", "carol"];
const signal = new AbortController().signal;

let dynamodb: DynamoDb;
let client: DynamoDBDocumentClient;

beforeAll(async () => {
  dynamodb = await startDynamoDb({});
  const plain = new DynamoDBClient(clientConfig(dynamodb.endpoint, "eu-central-1"));
  await provisionTable(plain, TABLE);
  client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(() => dynamodb.stop());

async function items(): Promise<Item[]> {
  return (await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }))).Items ?? [];
}

/** An item without the one place that keeps the name: `erased` entries tell others whom to rename. */
function withoutNotices(item: Item): string {
  const named = /("kind":"erased","body":\{"user":)"alice"/g;
  const texts = Object.entries(item).map(([name, value]) => [
    name,
    typeof value === "string" ? value.replace(named, '$1""') : value,
  ]);
  return JSON.stringify(Object.fromEntries(texts));
}

const naming = (all: readonly Item[]) => all.filter((item) => withoutNotices(item).includes("alice"));

test("every key that the adapters write has a row in the registry", () => {
  const makers = Object.entries(keys).filter(([name]) => name.endsWith("Key"));
  expect(makers.length).toBeGreaterThan(5);
  for (const [name, make] of makers) {
    const key = (make as (...parts: unknown[]) => keys.Key)("one", name === "segmentKey" ? 1 : "two");
    expect(Object.keys(ITEM_KINDS), name).toContain(itemKind(key));
  }
});

test("an erasure does with every kind of item what the registry says", async () => {
  const [leases, inbox] = [new DynamoLeases(client, TABLE), new DynamoInbox(client, TABLE)];
  const watches = new DynamoWatches(client, TABLE);
  const world = new CommitWorld({ log: new DynamoConversationLog(client, TABLE), inbox, leases });
  const commit = async (sender: string, conversation: string, entries: PublishedEntry[]) => {
    world.nowMs += 60_000;
    const frame = published({
      sender: { user: sender, connection: `${sender}-1` },
      conversation,
      entries,
      receivedAtMs: world.nowMs,
    });
    const { to: _, ...rest } = frame;
    const to = { user: sender === "alice" ? "bob" : "alice" };
    expect(await world.commit([conversation === ALICE_BOB ? { ...frame, to } : rest])).toEqual([]);
  };
  const text = (id: string, body: string) => ({ id, kind: "text" as const, body: { text: body } });
  const groups = await Promise.all(
    ["alice", "bob"].map(async (creator) => {
      const id = `group-${creator.length}`;
      const members = USERS.filter((user) => user !== creator);
      const conversation = groupConversationId(creator, id);
      await commit(creator, conversation, [{ id, kind: "create", body: { title: creator, members } }]);
      return conversation;
    }),
  );
  const [hers = "", his = ""] = groups;
  for (let index = 0; index < 12; index += 1) {
    await commit("alice", ALICE_BOB, [text(`a${index}`, `alice ${"words ".repeat(20)}`)]);
    await commit("bob", ALICE_BOB, [text(`b${index}`, "words of bob")]);
  }
  await commit("alice", hers, [text("a", "alice")]);
  await commit("alice", his, [{ id: "leave", kind: "member.leave", body: {} }]);
  const [row] = await inbox.rows([{ user: "alice", conversation: his }], signal);
  expect(await inbox.forget({ user: "alice", conversation: his }, row?.ranges ?? [], signal)).toBe(true);
  const lease = { connection: "c", device: "phone", connectedAtMs: 1, expiresAtMs: 2, issuedAtMs: 1 };
  await leases.put("alice", lease, 1, signal);
  await watches.replace({ user: "alice", connection: "c" }, ["bob"], Number.MAX_SAFE_INTEGER, signal);
  await watches.replace({ user: "bob", connection: "d" }, ["alice"], Number.MAX_SAFE_INTEGER, signal);
  await new DynamoInvitations(client, TABLE).take("alice", { key: "g", count: 1 }, world.nowMs, signal);
  await new DynamoAbuseCounter(client, TABLE).count("alice", 1, signal);

  const before = naming(await items());
  expect([...new Set(before.map(itemKind))].sort()).toEqual(Object.keys(ITEM_KINDS).sort());

  const accounts = new DynamoAccounts(client, TABLE);
  const deps = { ...world.deps, watches, accounts };
  const result = await eraseUser(deps, { user: "alice", untilMs: Number.POSITIVE_INFINITY }, signal);
  expect(result.done).toBe(true);

  const after = await items();
  const keyOf = ({ pk, sk }: Item) => `${pk} ${sk}`;
  for (const kind of Object.keys(ITEM_KINDS) as (keyof typeof ITEM_KINDS)[]) {
    const erasure: Erasure = ITEM_KINDS[kind];
    const left = naming(after).filter((item) => itemKind(item) === kind);
    expect.soft(left.map(keyOf), kind).toEqual(erasure === "expires" ? ["U#alice USER"] : []);
    if (erasure === "expires") {
      const [item = {}] = left;
      expect(Object.keys(item).sort()).toEqual(
        ["pk", "presenceVersion", "revokedBeforeMs", "schema", "sk", SHAPE.ttl].sort(),
      );
    }
    if (erasure === "rewritten") {
      // What others have in them stays.
      const ids = (all: readonly Item[]) => all.filter((item) => itemKind(item) === kind).map(keyOf);
      expect(ids(after)).toEqual(expect.arrayContaining(ids(before)));
    }
  }
  expect(JSON.stringify(after)).toContain("words of bob");
});
