import { expect, test } from "vitest";
import { initialMembers } from "../../../functions/core/commit/new-conversation.ts";
import { typing } from "../../../functions/core/receipts/typing.ts";
import { Throttle } from "../../../functions/core/shared/rate-limit.ts";
import { LIMITS, type ServerFrame } from "../../../protocol/index.ts";
import { ALICE_BOB, headOf } from "../../support/frames.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  noMetrics,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";
import { spoken } from "../support/planning.ts";

const signal = new AbortController().signal;
const RECEIVED_AT_MS = 1_000_000;

/** Alice types to Bob, who is connected; the frame is handled after `delayMs`. */
async function setUp({ delayMs = 0 } = {}) {
  const store = new MemoryStore();
  const pushed: { connection: string; frame: ServerFrame }[] = [];
  const now = () => RECEIVED_AT_MS + delayMs;
  const leases = new MemoryLeases(store);
  const expiresAtMs = RECEIVED_AT_MS * 2;
  for (const user of ["alice", "bob"]) {
    const lease = { connection: `${user}-1`, device: undefined, connectedAtMs: 0, expiresAtMs };
    await leases.put(user, lease, RECEIVED_AT_MS);
  }
  const log = new MemoryLog(store);
  const entry = { seq: 1, id: "1", sender: "alice", kind: "text", body: { text: "hi" }, sentAtMs: 1 };
  await log.change(ALICE_BOB, {
    before: undefined,
    after: headOf({ lastSeq: 1 }),
    segments: [{ entries: [entry], headVersion: "001.00000001.test" }],
    members: spoken(initialMembers(["alice", "bob"])),
  });
  const deps = {
    log,
    inbox: new MemoryInbox(store),
    leases,
    presence: new MemoryPresenceTopic(),
    connections: {
      post: async (connection: string, frame: ServerFrame) => {
        pushed.push({ connection, frame });
        return "sent" as const;
      },
      close: async () => undefined,
    },
    typingThrottle: new Throttle(2_000),
    now,
    logger: silent,
    metrics: noMetrics,
  };
  const type = (receivedAtMs = RECEIVED_AT_MS, connection = "alice-1") =>
    typing(
      deps,
      {
        user: "alice",
        connection,
        device: undefined,
        messageId: "m",
        text: undefined,
        receivedAtMs,
        connectedAtMs: 0,
        tokenExpiresAtMs: expiresAtMs,
        tokenIssuedAtMs: 0,
      },
      { type: "typing", conversation: ALICE_BOB },
      signal,
    );
  return { pushed, type };
}

test("the peer gets a typing frame", async () => {
  const { pushed, type } = await setUp();
  expect(await type()).toBeUndefined();
  const frame = { type: "typing", conversation: ALICE_BOB, user: "alice" };
  expect(pushed).toEqual([{ connection: "bob-1", frame }]);
});

test("a late typing frame is pushed to nobody", async () => {
  const { pushed, type } = await setUp({ delayMs: LIMITS.typingAgeMs + 1 });
  expect(await type()).toBeUndefined();
  expect(pushed).toEqual([]);
});

test("typing is pushed at most every two seconds for each connection", async () => {
  const { pushed, type } = await setUp();
  for (const afterMs of [0, 500, 1_999]) await type(RECEIVED_AT_MS + afterMs);
  expect(pushed).toHaveLength(1);
  await type(RECEIVED_AT_MS + 2_000);
  await type(RECEIVED_AT_MS + 2_000, "alice-2");
  expect(pushed).toHaveLength(3);
});
