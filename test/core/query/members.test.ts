import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import {
  commandDeps,
  commandRequest,
  requestResult,
  signal,
  storeWithConversations,
} from "../support/command-setup.ts";

test("a blocked user does not learn by asking how far the other side has read", async () => {
  const { store, conversations } = storeWithConversations([[1, 1]]);
  const [conversation = ""] = conversations;
  const row = { conversation, role: "member", ranges: [[1]] } as const;
  store.putRow("friend 0", { ...row, peer: "alice", blocking: true, readSeq: 2 });
  store.putRow("alice", { ...row, peer: "friend 0", blocked: true });
  const frame = commandRequest({ type: "receipts", id: "r1", conversation });
  expect(await answerCommand(commandDeps(store), frame, signal)).toMatchObject({
    error: { code: "blocked" },
  });
  expect(await requestResult(store, { type: "sync", cursors: {} })).toMatchObject({
    conversations: [{ conversation, receipts: [] }],
  });
});
