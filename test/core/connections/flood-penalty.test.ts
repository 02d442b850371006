import { expect, test } from "vitest";
import { UnitMeter } from "../../../functions/core/connections/flood-penalty.ts";
import { LIMITS } from "../../../protocol/index.ts";
import type { MemoryStore } from "../../support/memory-ports.ts";
import { ingestSetup } from "../support/ingest-setup.ts";

const SECOND_MS = 1_000;

test("what people send costs no call", async () => {
  const ingest = ingestSetup();
  for (let minute = 0; minute < 3; minute++) {
    await ingest.sendMany(49);
    ingest.nowMs += 60 * SECOND_MS;
  }
  // The first count of this minute.
  expect(await ingest.abuse.count("alice", ingest.nowMs - 60 * SECOND_MS)).toBe(1);
});

const penaltyOf = ({ users }: MemoryStore) => users.get("alice")?.penaltyUntilMs ?? 0;

async function withLeases(ingest: ReturnType<typeof ingestSetup>, connections: readonly string[]) {
  for (const connection of connections) {
    const times = { connectedAtMs: 0, expiresAtMs: ingest.nowMs + 1_000_000 };
    await ingest.leases.put("alice", { connection, device: undefined, ...times }, ingest.nowMs);
  }
}

test("a user who keeps flooding is locked out for five minutes, and all their connections get an error and are closed", async () => {
  const ingest = ingestSetup();
  await withLeases(ingest, ["c1", "c2"]);
  // A refused frame counts 6 units.
  await ingest.sendMany(LIMITS.unitBurst + 566);
  expect([ingest.closed, penaltyOf(ingest.store)]).toEqual([[], 0]);
  await ingest.send();
  expect(penaltyOf(ingest.store)).toBe(ingest.nowMs + 300_000);
  expect(ingest.closed.sort()).toEqual(["c1", "c2"]);
  expect(ingest.posted.map(({ connection }) => connection).sort()).toEqual(["c1", "c2"]);
  expect(ingest.posted[0]?.frame).toMatchObject({
    type: "error",
    error: { code: "rate_limited", retryAfterMs: 300_000 },
  });
});

test("a user who spends too much over many connections is told to wait, and locked out only for going on", async () => {
  const ingest = ingestSetup();
  const connections = Array.from({ length: LIMITS.connectionsPerUser }, (_, index) => `c${index}`);
  await withLeases(ingest, connections);
  const refusals = [];
  for (const connection of connections) refusals.push(...(await ingest.sendMany(150, connection)));
  // No connection has exceeded its budget.
  expect(refusals).toMatchObject([
    { error: { code: "rate_limited", retryAfterMs: 60_000 - (ingest.nowMs % 60_000) } },
  ]);
  // Frames that were on their way when it was told.
  for (const connection of connections) await ingest.sendMany(8, connection);
  expect([ingest.closed, penaltyOf(ingest.store)]).toEqual([[], 0]);
  for (const connection of connections) await ingest.sendMany(1, connection);
  expect(ingest.closed.sort()).toEqual(connections.sort());
});

test("a user who has waited may go on", async () => {
  const ingest = ingestSetup();
  for (let index = 0; index < 20; index++) await ingest.sendMany(150, `c${index}`);
  expect(await ingest.sendMany(1)).toHaveLength(1);
  ingest.nowMs += 60 * SECOND_MS;
  expect(await ingest.sendMany(1)).toEqual([]);
});

test("a connection that spends all that it may, for a minute, is no flood", async () => {
  const ingest = ingestSetup();
  await ingest.sendMany(LIMITS.unitBurst);
  for (let second = 1; second < 60; second++) {
    ingest.nowMs += SECOND_MS;
    expect(await ingest.sendMany(LIMITS.unitsPerSecond)).toEqual([]);
  }
  expect(penaltyOf(ingest.store)).toBe(0);
});

test("environments count what each of them has had", () => {
  const [one, other] = [new UnitMeter(), new UnitMeter()];
  const due = (meter: UnitMeter, units: number, nowMs = 0) => meter.add("alice", units, nowMs);
  expect([due(one, 49), due(other, 49), due(one, 1), due(other, 52)]).toEqual([0, 0, 1, 2]);
  // Units of a former minute are no business of this one.
  expect([due(one, 49), due(one, 1, 60_000)]).toEqual([0, 0]);
});

test("a flood is still refused if it cannot be counted", async () => {
  const ingest = ingestSetup();
  ingest.abuse.count = () => Promise.reject(new Error("no table"));
  expect(await ingest.sendMany(LIMITS.unitBurst + 3)).toHaveLength(3);
});
