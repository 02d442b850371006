import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DynamoDb, startDynamoDb } from "../../local/dynamodb/dynamodb.ts";
import { provisionTable } from "../../local/dynamodb/table.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import { checkCommitRun } from "../core/support/commit-checks.ts";
import { checkGroupRun } from "../core/support/group-checks.ts";
import { TwinWorld } from "./twin-world.ts";

// The properties of test/core/commit over the real adapters.

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 16);
const seeds = Array.from({ length: RUNS }, (_, index) => index + 1);

let dynamodb: DynamoDb;
let plain: DynamoDBClient;
let client: DynamoDBDocumentClient;

beforeAll(async () => {
  dynamodb = await startDynamoDb({});
  plain = new DynamoDBClient(clientConfig(dynamodb.endpoint, "eu-central-1"));
  client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(() => dynamodb.stop());

/** Opens a table of its own for a run, because all runs have the same users and conversation. */
async function openWorld(table: string): Promise<TwinWorld> {
  await provisionTable(plain, table);
  return new TwinWorld(client, table);
}

test.each(seeds)("a conversation on DynamoDB, with crashes, overlaps and repeats: seed %d", async (seed) => {
  const world = await openWorld(`commit-${seed}`);
  await checkCommitRun(seed, world);
  expect(world.differences).toEqual([]);
  expect(world.calls.get("update")).toBeGreaterThan(0);
});

test.each(seeds)("a group on DynamoDB, with crashes, overlaps and repeats: seed %d", async (seed) => {
  const world = await openWorld(`group-${seed}`);
  await checkGroupRun({ seed, isLarge: false, history: seed % 3 === 0 ? "all" : "joined" }, undefined, world);
  expect(world.differences).toEqual([]);
  expect(world.calls.get("change")).toBeGreaterThan(0);
});
