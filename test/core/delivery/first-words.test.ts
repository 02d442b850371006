import { expect, test } from "vitest";
import { connect } from "../../../functions/core/connections/connect.ts";
import { deliverFirstWords, firstWords } from "../../../functions/core/delivery/first-words.ts";
import type { Conversation } from "../../../functions/ports/conversation-log.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { directConversation, groupConversation } from "../support/planning.ts";
import { GROUP, NOW_MS, newConnection, presenceSetup, signal } from "../support/presence-setup.ts";

const halfSpoken = (view: Conversation): Conversation => ({
  ...view,
  members: view.members.map((member, index) => ({ ...member, spoken: index === 0 })),
});

test("watchers are told when both sides of a direct conversation have spoken, and of every member's first words in a group", () => {
  const direct = directConversation(5);
  const told = [{ type: "deliver.first-words", conversation: ALICE_BOB, user: "bob" }];
  expect(firstWords(ALICE_BOB, direct, ["bob"], [])).toEqual(told);
  expect(firstWords(ALICE_BOB, halfSpoken(direct), ["alice"], [])).toEqual([]);
  expect(firstWords(ALICE_BOB, direct, [], [])).toEqual([]);
  const group = halfSpoken(groupConversation(5, ["bob"]));
  expect(firstWords(GROUP, group, ["alice"], [])).toHaveLength(1);
});

test("a frame that comes again tells them again, because its writer may have died before", () => {
  const direct = directConversation(5);
  expect(firstWords(ALICE_BOB, direct, [], [published()])).toMatchObject([{ user: "alice" }]);
  expect(firstWords(ALICE_BOB, direct, ["alice"], [published()])).toHaveLength(1);
});

test("of a group, only the one who has added the speaker is told, and only on connections that watch", async () => {
  const { deps, row, watches, posts } = presenceSetup();
  row("bob", GROUP, [[1]], { addedBy: "alice", spoken: true });
  for (const user of ["alice", "carol"]) row(user, GROUP, [[1]]);
  for (const user of ["alice", "bob", "carol"]) await connect(deps, newConnection(user, user), signal);
  const watch = (user: string) => ({ user, conversation: GROUP, expiresAtMs: NOW_MS + 1 });
  const spoken = { type: "deliver.first-words", conversation: GROUP, user: "bob" } as const;
  await deliverFirstWords(deps, spoken, signal);
  expect(posts).toEqual([]);
  watches.set(
    "bob",
    new Map([
      ["alice", watch("alice")],
      ["carol", watch("carol")],
    ]),
  );
  await deliverFirstWords(deps, spoken, signal);
  expect(posts).toMatchObject([
    { connection: "alice", frame: { type: "presence", user: "bob", online: true } },
  ]);
});

test("both sides of a direct conversation then learn how far the other has read", async () => {
  const { deps, row, posts } = presenceSetup();
  row("bob", ALICE_BOB, [[1]], { peer: "alice", readSeq: 3, deliveredSeq: 5 });
  row("alice", ALICE_BOB, [[1]], { peer: "bob", readSeq: 2 });
  for (const user of ["alice", "bob"]) await connect(deps, newConnection(user, user), signal);
  await deliverFirstWords(
    deps,
    { type: "deliver.first-words", conversation: ALICE_BOB, user: "bob" },
    signal,
  );
  expect(posts.map(({ connection, frame }) => [connection, frame])).toMatchObject([
    ["alice", { type: "receipt", user: "bob", readSeq: 3 }],
    ["alice", { type: "receipt", user: "bob", deliveredSeq: 5 }],
    ["bob", { type: "receipt", user: "alice", readSeq: 2 }],
  ]);
});

test("a watcher who is blocked meanwhile is told nothing", async () => {
  const { deps, row, watches, posts } = presenceSetup();
  row("bob", ALICE_BOB, [[1]], { peer: "alice" });
  row("alice", ALICE_BOB, [[1]], { peer: "bob", blocked: true });
  for (const user of ["alice", "bob"]) await connect(deps, newConnection(user, user), signal);
  watches.set("bob", new Map([["alice", { user: "alice", expiresAtMs: NOW_MS + 1 }]]));
  await deliverFirstWords(
    deps,
    { type: "deliver.first-words", conversation: ALICE_BOB, user: "bob" },
    signal,
  );
  expect(posts).toEqual([]);
});
