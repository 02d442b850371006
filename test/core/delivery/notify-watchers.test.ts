import { expect, test } from "vitest";
import { connect } from "../../../functions/core/connections/connect.ts";
import { notifyWatchers } from "../../../functions/core/delivery/notify-watchers.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { ALICE_BOB } from "../../support/frames.ts";
import { NOW_MS, newConnection, presenceSetup, signal } from "../support/presence-setup.ts";

const online = { type: "presence.online", user: "bob", expiresAtMs: 2, version: 1, atMs: 1 } as const;

test("watchers beyond the first message are notified by further messages, each watcher once", async () => {
  const { deps, watches, posts, presence, row } = presenceSetup();
  const names = Array.from({ length: 620 }, (_, index) => `c${String(index).padStart(3, "0")}`);
  watches.set("bob", new Map(names.map((name) => [name, { user: name, expiresAtMs: NOW_MS + 1 }])));
  for (const name of names) row(name, directConversationId(name, "bob"), [[1]]);
  await notifyWatchers(deps, online, signal);
  expect(posts).toHaveLength(250);
  for (let index = 0; index < presence.messages.length; index++) {
    const message = presence.messages[index];
    if (message?.type === "deliver.presence") await notifyWatchers(deps, message, signal);
  }
  expect(presence.messages).toHaveLength(2);
  expect(posts.map((post) => post.connection)).toEqual(names);
  expect(posts[600]?.frame).toEqual({
    type: "presence",
    user: "bob",
    online: true,
    expiresAtMs: 2,
    version: 1,
  });
});

test("a watcher that cannot be reached now gets a delivery in the queue; a watcher that is gone is removed", async () => {
  const busy = presenceSetup({ outcome: "retry" });
  busy.row("alice", ALICE_BOB, [[1]]);
  busy.watches.set("bob", new Map([["c1", { user: "alice", expiresAtMs: NOW_MS + 1 }]]));
  await notifyWatchers(busy.deps, online, signal);
  expect(busy.deliveries).toMatchObject([
    { type: "deliver.notice", target: { user: "alice", connection: "c1" }, frame: { type: "presence" } },
  ]);
  const gone = presenceSetup({ outcome: "gone" });
  gone.row("alice", ALICE_BOB, [[1]]);
  gone.watches.set("bob", new Map([["c1", { user: "alice", expiresAtMs: NOW_MS + 1 }]]));
  await connect(gone.deps, newConnection("alice", "c1"), signal);
  await notifyWatchers(gone.deps, online, signal);
  expect(gone.watches.get("bob")?.size).toBe(0);
  expect(gone.store.leases.get("alice")?.size).toBe(0);
  expect(gone.deliveries).toEqual([]);
});
