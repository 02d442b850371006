import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import { commandDeps, commandRequest, signal, storeWithConversations } from "../support/command-setup.ts";

/** Alice's only conversation, with a friend who is connected and notes the receipts that are pushed. */
async function setUp() {
  const { store, conversations } = storeWithConversations([Array(50).fill(1)], 1);
  const [conversation = ""] = conversations;
  const pushed: ServerFrame[] = [];
  const clock = { nowMs: 1_000 };
  const deps = commandDeps(store, {
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
  const cursors = () =>
    pushed.flatMap((frame) => (frame.type === "receipt" ? [frame.readSeq ?? frame.deliveredSeq] : []));
  return { clock, conversation, send, cursors };
}

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
