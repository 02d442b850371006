import fc from "fast-check";
import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import { deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import { pushLateReceipt } from "../../../functions/core/receipts/push-late-receipt.ts";
import type { ReceiptDelivery } from "../../../functions/ports/topics.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import { commandDeps, commandRequest, signal, storeWithConversations } from "../support/command-setup.ts";

/** Alice's only conversation, with a friend who is connected and notes the receipts that are pushed. */
async function setUp() {
  const { store, conversations } = storeWithConversations([Array(50).fill(1)], 1);
  const [conversation = ""] = conversations;
  const pushed: ServerFrame[] = [];
  const left: { readonly body: string; readonly atMs: number }[] = [];
  const clock = { nowMs: 1_000 };
  const deps = commandDeps(store, {
    outbound: {
      publish: async (deliveries) => {
        left.push(...deliveries.map((delivery) => ({ body: JSON.stringify(delivery), atMs: clock.nowMs })));
      },
    },
    now: () => clock.nowMs,
    connections: {
      post: async (_, frame) => {
        pushed.push(frame);
        return "sent";
      },
      close: async () => undefined,
    },
  });
  const lease = { connection: "f1", device: undefined, connectedAtMs: 0, expiresAtMs: 100_000 };
  await deps.leases.put("friend 0", lease, 0, signal);
  const send = (frame: object) => answerCommand(deps, commandRequest({ conversation, ...frame }), signal);
  const delays: number[] = [];
  const deliverDeps = {
    ...deps,
    outbound: outboundTo(() => undefined),
    events: new Set<never>(),
    pushReceipt: (delivery: ReceiptDelivery) => pushLateReceipt(deps, delivery, signal),
    queue: { retryAfter: async (_: readonly string[], seconds: number) => void delays.push(seconds) },
  };
  /** Receives what is left as the queue does: a record that is handed back comes again after its delay. */
  const deliverLeft = async (untilMs: number) => {
    for (let next = left[0]; next !== undefined && next.atMs + 1_000 <= untilMs; next = left[0]) {
      left.shift();
      const record = { id: "r", receiptHandle: "h", body: next.body };
      expect(await deliverBatch(deliverDeps, [{ ...record, receiveCount: 1 }])).toEqual(["r"]);
      expect(delays.splice(0)).toEqual([1]);
      clock.nowMs = Math.max(clock.nowMs, next.atMs + 1_000);
      expect(await deliverBatch(deliverDeps, [{ ...record, receiveCount: 2 }])).toEqual([]);
    }
  };
  const cursors = () =>
    pushed.flatMap((frame) =>
      frame.type === "receipt" ? [Math.max(frame.readSeq ?? 0, frame.deliveredSeq ?? 0)] : [],
    );
  return { clock, conversation, send, cursors, left, pushed, deliverLeft };
}

test("of receipts that come too fast, the newest is pushed a second later, to the user's other devices, too", async () => {
  const { send, cursors, left, deliverLeft } = await setUp();
  for (let seq = 1; seq <= 40; seq++) await send({ type: "read", seq });
  expect(cursors()).toEqual([1, 2, 3, 4, 5]);
  expect(left).toHaveLength(1);
  await deliverLeft(2_000);
  expect(cursors()).toEqual([1, 2, 3, 4, 5, 40]);
});

test("a late receipt is pushed as receipts are: a frame with either cursor", async () => {
  const { send, pushed, deliverLeft } = await setUp();
  for (let seq = 1; seq <= 10; seq++) {
    await send({ type: "read", seq });
    await send({ type: "delivered", seq: 20 + seq });
  }
  pushed.length = 0;
  await deliverLeft(2_000);
  expect(pushed).toEqual([
    { type: "receipt", conversation: expect.any(String), user: "alice", readSeq: 10 },
    { type: "receipt", conversation: expect.any(String), user: "alice", deliveredSeq: 30 },
  ]);
});

test("the newest receipt arrives, however receipts are spread, and one a second at most is left for later", async () => {
  const pauses = fc.array(fc.tuple(fc.constantFrom(0, 1, 150, 600, 999, 1_000, 1_300), fc.boolean()), {
    minLength: 1,
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(pauses, async (steps) => {
      const { clock, send, cursors, left, deliverLeft } = await setUp();
      let total = 0;
      for (const [index, [pauseMs, isRead]] of steps.entries()) {
        await deliverLeft(clock.nowMs + pauseMs);
        clock.nowMs += pauseMs;
        const before = left.length;
        await send({ type: isRead ? "read" : "delivered", seq: index + 1 });
        total += left.length - before;
      }
      await deliverLeft(Number.POSITIVE_INFINITY);
      expect(Math.max(...cursors().map(Number))).toBe(steps.length);
      expect(total).toBeLessThanOrEqual(1 + (clock.nowMs - 1_000) / 1_000);
    }),
    { numRuns: 200 },
  );
});

test("receipts that come fast are pushed once a second, and the cursor is where the last one put it", async () => {
  const { clock, conversation, send, cursors } = await setUp();
  for (let seq = 1; seq <= 40; seq++) expect(await send({ type: "read", seq })).toBeUndefined();
  expect(cursors()).toEqual([1, 2, 3, 4, 5]);
  const reply = await send({ type: "receipts", id: "r" });
  expect(reply).toMatchObject({
    result: { receipts: expect.arrayContaining([{ user: "alice", readSeq: 40, deliveredSeq: 40 }]) },
  });
  const synced = await send({ type: "sync", id: "r", cursors: {}, conversation: undefined });
  expect(synced).toMatchObject({ result: { conversations: [{ conversation, readSeq: 40 }] } });
  clock.nowMs += 1_000;
  await send({ type: "read", seq: 41 });
  expect(cursors()).toEqual([1, 2, 3, 4, 5, 41]);
});

test("the newest receipt of a client that sends one a second is pushed, also if the network brings two together", async () => {
  const { clock, send, cursors } = await setUp();
  for (let seq = 1; seq <= 20; seq += 2) {
    await send({ type: "delivered", seq });
    await send({ type: "read", seq });
    await send({ type: "read", seq: seq + 1 });
    clock.nowMs += 2_000;
  }
  expect(cursors().at(-1)).toBe(20);
  expect(cursors()).toHaveLength(30);
});
