import { describe, expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import { connectionBudgets } from "../../../functions/core/connections/frame-budget.ts";
import { priceOf } from "../../../functions/core/connections/frame-prices.ts";
import { type ClientFrame, LIMITS } from "../../../protocol/index.ts";
import { MemoryStore } from "../../support/memory-ports.ts";
import { commandDeps, commandRequest, signal, storeWithLogs } from "../support/command-setup.ts";
import { errorIn, ingestSetup } from "../support/ingest-setup.ts";

const STRANGERS = `g${"s".repeat(43)}`;
const users = Array.from({ length: 100 }, (_, index) => `user ${index}`);

test("a connection may send a burst, and then a limited number of entries a second", async () => {
  const ingest = ingestSetup();
  expect(await ingest.sendMany(LIMITS.unitBurst)).toEqual([]);
  expect(await ingest.send()).toMatchObject({
    ids: [`e${LIMITS.unitBurst + 1}`],
    error: { code: "rate_limited", temporary: true, retryAfterMs: 1000 / LIMITS.unitsPerSecond },
  });
  ingest.nowMs += 1_000;
  expect(await ingest.sendMany(LIMITS.unitsPerSecond + 5)).toHaveLength(5);
  expect(ingest.published).toHaveLength(LIMITS.unitBurst + LIMITS.unitsPerSecond);
});

test("each connection has its own budget, and malformed frames take from it too", async () => {
  const ingest = ingestSetup();
  for (let sent = 0; sent < LIMITS.unitBurst; sent++) await ingest.send("c1", "not JSON");
  expect(errorIn(await ingest.send("c1"))?.code).toBe("rate_limited");
  expect(await ingest.send("c2")).toBeUndefined();
});

test("the budgets of ten thousand connections are kept; those idle longest are forgotten", () => {
  const budgets = connectionBudgets();
  for (const connection of ["quiet", "busy"]) budgets.take(connection, LIMITS.unitBurst, 0);
  for (let number = 0; number < 9_998; number++) budgets.take(`other-${number}`, 1, 0);
  expect(budgets.take("busy", 1, 0)).toBeDefined();
  budgets.take("one too many", 1, 0);
  expect(budgets.take("busy", 1, 0)).toBeDefined();
  expect(budgets.take("quiet", 1, 0)).toBeUndefined();
});

test("a clock set back neither fills nor breaks a budget", () => {
  const budgets = connectionBudgets();
  budgets.take("c", LIMITS.unitBurst, 10_000);
  expect(budgets.take("c", 1, 0)).toBe(1000 / LIMITS.unitsPerSecond);
});

test("what a frame has cost beyond its price is owed", () => {
  const budgets = connectionBudgets();
  budgets.charge("c", LIMITS.unitBurst + 10, 0);
  expect(budgets.take("c", 10, 0)).toBe((20 * 1000) / LIMITS.unitsPerSecond);
});

describe("a flood of", () => {
  test.each<[string, object | string]>([
    ["pings", { type: "ping" }],
    ["unknown types", { type: "no-such-type", id: "r" }],
    ["malformed frames", "not JSON"],
    ["history of strangers", { type: "history", id: "r", conversation: STRANGERS }],
    ["members of strangers", { type: "members", id: "r", conversation: STRANGERS }],
    ["receipts of strangers", { type: "receipts", id: "r", conversation: STRANGERS }],
    ["syncs", { type: "sync", id: "r", cursors: {} }],
    ["presence requests", { type: "presence", id: "r", users }],
    ["watches", { type: "presence", id: "r", users, watch: true }],
    ["reads", { type: "read", conversation: STRANGERS, seq: 1 }],
    ["delivered receipts", { type: "delivered", conversation: STRANGERS, seq: 1 }],
    ["typing", { type: "typing", conversation: STRANGERS }],
    ["mutes", { type: "mute", id: "r", conversation: STRANGERS, muted: true }],
    ["keeps", { type: "keep", id: "r", conversation: STRANGERS, seconds: null }],
    ["messages on a wrong route", { type: "block", id: "r", user: "bob" }],
  ])("%s is refused, and ends the connections of its user", async (_, frame) => {
    const store = new MemoryStore();
    const closed: string[] = [];
    const deps = commandDeps(store, {
      connections: { post: async () => "sent", close: async (connection) => void closed.push(connection) },
    });
    const lease = { connection: "c1", device: undefined, connectedAtMs: 0, expiresAtMs: 10_000 };
    await deps.leases.put("alice", lease, 0, signal);
    const codes = [];
    for (let sent = 0; sent < 2 * LIMITS.unitBurst && closed.length === 0; sent++) {
      const answer = await answerCommand(deps, commandRequest(frame), signal);
      if (answer?.type === "error") codes.push(answer.error.code);
    }
    expect(codes.at(-1)).toBe("rate_limited");
    expect(closed).toEqual(["c1"]);
    expect(store.users.get("alice")?.penaltyUntilMs).toBeGreaterThan(0);
  });
});

test("a refused request is named by its id", async () => {
  const deps = commandDeps(new MemoryStore());
  deps.budgets.charge("c1", LIMITS.unitBurst, deps.now());
  const frame = { type: "history", id: "r7", conversation: STRANGERS };
  const answer = await answerCommand(deps, commandRequest(frame), signal);
  expect(answer).toMatchObject({
    type: "error",
    id: "r7",
    error: { code: "rate_limited", retryAfterMs: (2 * 1000) / LIMITS.unitsPerSecond },
  });
});

test("a connection replaces its watch three times at once, and then once in two seconds", async () => {
  let nowMs = 1_000;
  const deps = commandDeps(new MemoryStore(), { now: () => nowMs });
  const watch = async () => {
    const frame = { type: "presence", id: "r", users: ["bob"], watch: true };
    const answer = await answerCommand(deps, commandRequest(frame), signal);
    return answer?.type === "reply" ? answer.error : undefined;
  };
  for (let time = 0; time < 3; time++) expect(await watch()).toBeUndefined();
  expect(await watch()).toMatchObject({ code: "rate_limited", retryAfterMs: 2_000 });
  // A request without a watch writes nothing.
  const request = commandRequest({ type: "presence", id: "r", users: ["bob"] });
  expect(await answerCommand(deps, request, signal)).not.toHaveProperty("error");
  nowMs += 2_000;
  expect(await watch()).toBeUndefined();
});

test("a sync that went through many conversations costs more than one of few", async () => {
  const spentOn = async (conversations: number) => {
    const entry = { seq: 1, id: "e", sender: "friend", kind: "text", body: { text: "hi" }, sentAtMs: 1 };
    const logs = Array.from({ length: conversations }, () => [entry]);
    const deps = commandDeps(storeWithLogs(logs, { tailLength: 1, segmentLength: 1 }).store);
    const frame = { type: "sync", id: "r", cursors: {}, tail: 0 };
    expect(await answerCommand(deps, commandRequest(frame), signal)).toMatchObject({ type: "reply" });
    let left = 0;
    while (deps.budgets.take("c1", 1, deps.now()) === undefined) left += 1;
    return LIMITS.unitBurst - left;
  };
  expect(await spentOn(100)).toBeGreaterThan(await spentOn(0));
});

test("no frame costs more than a full budget has", () => {
  const entry = { id: "e", kind: "text" as const, body: { text: "x" } };
  const dear: ClientFrame[] = [
    { type: "send", to: { user: "bob" }, entries: Array(LIMITS.entriesPerFrame).fill(entry) },
    { type: "create", id: "e", members: Array(LIMITS.usersPerEntry).fill("bob") },
    { type: "presence", id: "r", users, watch: true },
  ];
  for (const frame of dear) expect(priceOf(frame)).toBeLessThanOrEqual(LIMITS.unitBurst / 10);
});
