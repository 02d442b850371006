import { expect, test } from "vitest";
import { LIMITS } from "../../../protocol/index.ts";
import type { MemoryStore } from "../../support/memory-ports.ts";
import { ingestSetup } from "../support/ingest-setup.ts";

test("normal traffic and an occasional refusal cost no call", async () => {
  const ingest = ingestSetup({ random: () => 0.05 });
  await ingest.sendMany(LIMITS.unitBurst + 100);
  expect(await ingest.abuse.count("alice", ingest.nowMs)).toBe(1);
});

const penaltyOf = ({ users }: MemoryStore) => users.get("alice")?.penaltyUntilMs ?? 0;

test("a user who keeps flooding is locked out for five minutes, and all their connections get an error and are closed", async () => {
  const ingest = ingestSetup({ random: () => 0 });
  for (const connection of ["c1", "c2"]) {
    const times = { connectedAtMs: 0, expiresAtMs: ingest.nowMs + 1_000_000 };
    await ingest.leases.put("alice", { connection, device: undefined, ...times }, ingest.nowMs);
  }
  await ingest.sendMany(LIMITS.unitBurst + 24);
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

test("refusals spread over minutes are not a flood", async () => {
  const ingest = ingestSetup({ random: () => 0 });
  for (let minute = 0; minute < 5; minute++) {
    await ingest.sendMany(LIMITS.unitBurst + 20);
    ingest.nowMs += 60_000;
  }
  expect(penaltyOf(ingest.store)).toBe(0);
});

test("a flood is still refused if it cannot be counted", async () => {
  const ingest = ingestSetup({ random: () => 0 });
  ingest.abuse.count = () => Promise.reject(new Error("no table"));
  expect(await ingest.sendMany(LIMITS.unitBurst + 3)).toHaveLength(3);
});
