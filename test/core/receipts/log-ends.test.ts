import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import { LogEnds } from "../../../functions/core/receipts/log-ends.ts";
import { ALICE_BOB, headOf } from "../../support/frames.ts";
import { MemoryInbox, MemoryStore } from "../../support/memory-ports.ts";
import { commandDeps, commandRequest, signal, storeWithConversations } from "../support/command-setup.ts";

const row = { conversation: ALICE_BOB, peer: "bob", role: "member", ranges: [[1]] } as const;

test.each(["read", "delivered"] as const)("a %s cursor moves to the end of the log at most", async (type) => {
  const { store, conversations } = storeWithConversations([[1, 1, 1]]);
  const [conversation = ""] = conversations;
  const deps = commandDeps(store);
  const cursor = type === "read" ? "readSeq" : "deliveredSeq";
  const move = (seq: number) => answerCommand(deps, commandRequest({ type, conversation, seq }), signal);
  for (const [seq, moved] of [
    [2, 2],
    [1_000_000, 3],
    [4, 3],
  ] as const) {
    expect(await move(seq)).toBeUndefined();
    expect(store.row({ user: "alice", conversation })).toMatchObject({ [cursor]: moved });
  }
});

test("a head is read once for each new entry, however many members report it", async () => {
  const store = new MemoryStore();
  let reads = 0;
  const inbox = new MemoryInbox(store, async (name) => {
    reads += Number(name === "heads");
  });
  const ends = new LogEnds();
  for (const lastSeq of [5, 6]) {
    store.heads.set(ALICE_BOB, headOf({ lastSeq }));
    for (const seq of [lastSeq, 1, lastSeq]) {
      expect(await ends.clamped(inbox, { conversation: ALICE_BOB, seq }, signal)).toBe(seq);
    }
  }
  expect(reads).toBe(2);
});

test.each([
  { type: "read", seq: 1 },
  { type: "delivered", seq: 1 },
  { type: "typing" },
  { type: "mute", id: "r1", muted: true },
  { type: "keep", id: "r1", seconds: 3_600 },
  { type: "history", id: "r1" },
])("$type does not tell a user that somebody has blocked them", async (frame) => {
  const answerIn = async (store: MemoryStore) => {
    const request = commandRequest({ ...frame, conversation: ALICE_BOB });
    return answerCommand(commandDeps(store), request, signal);
  };
  const blocked = new MemoryStore();
  blocked.heads.set(ALICE_BOB, headOf());
  blocked.putMember(ALICE_BOB, { user: "alice", role: "member", ranges: [[1]], blocked: true });
  blocked.putRow("alice", { ...row, blocked: true, silent: true });
  const answer = await answerIn(blocked);
  expect(answer).toEqual(await answerIn(new MemoryStore()));
  expect(answer).toMatchObject({ error: { code: "not_found" } });
  expect(blocked.row({ user: "alice", conversation: ALICE_BOB })).toEqual({
    ...row,
    blocked: true,
    silent: true,
  });
});
