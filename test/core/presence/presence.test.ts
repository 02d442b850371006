import { expect, test } from "vitest";
import { answerCommand } from "../../../functions/core/command.ts";
import { connect } from "../../../functions/core/connections/connect.ts";
import { notifyWatchers } from "../../../functions/core/delivery/notify-watchers.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { frameBytes } from "../../../functions/core/log/frame-packing.ts";
import { confirmOfflineBatch } from "../../../functions/core/presence/confirm-offline.ts";
import { releaseLease } from "../../../functions/core/presence/release-lease.ts";
import { Throttle } from "../../../functions/core/shared/rate-limit.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { SeqRange } from "../../../functions/ports/conversation-log.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import { LIMITS, type PresenceResult, type ServerFrame } from "../../../protocol/index.ts";
import type { Step } from "../../support/interleaving.ts";
import {
  CountedMetrics,
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches, type WatchStore } from "../../support/memory-presence.ts";

const signal = new AbortController().signal;
const NOW_MS = 1_000_000;
const GROUP = `g${"a".repeat(43)}`;

function world({ outcome = "sent", step }: { outcome?: PostOutcome; step?: Step } = {}) {
  const store = new MemoryStore();
  const watches: WatchStore = new Map();
  const presence = new MemoryPresenceTopic(step);
  const posts: { connection: string; frame: ServerFrame }[] = [];
  const deliveries: Delivery[] = [];
  const metrics = new CountedMetrics();
  const deps = {
    now: () => NOW_MS,
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    leases: new MemoryLeases(store, step),
    watches: new MemoryWatches(watches),
    presence,
    outbound: { publish: async (more: readonly Delivery[]) => void deliveries.push(...more) },
    connections: {
      post: async (connection: string, frame: ServerFrame) => {
        posts.push({ connection, frame });
        return outcome;
      },
      close: async () => undefined,
    },
    queue: { retryAfter: async () => undefined },
    typingThrottle: new Throttle(1_000),
    epochFloor: 1,
    logger: silent,
    metrics,
  };
  const row = (user: string, conversation: string, ranges: readonly SeqRange[], blocked = false) => {
    const rows = store.inbox.get(user) ?? new Map();
    store.inbox.set(
      user,
      rows.set(conversation, { conversation, peer: "", role: "member", ranges, blocked }),
    );
  };
  return { store, watches, presence, posts, deliveries, deps, row, metrics };
}

const connection = (user: string, name: string) => ({
  user,
  connection: name,
  device: undefined,
  connectedAtMs: NOW_MS,
  tokenExpiresAtMs: 10 ** 15,
  tokenIssuedAtMs: 0,
});

async function ask(deps: ReturnType<typeof world>["deps"], frame: object): Promise<PresenceResult> {
  const text = JSON.stringify({ type: "presence", id: "r", ...frame });
  const request = { ...connection("alice", "a"), messageId: "m", text, receivedAtMs: NOW_MS };
  const answer = await answerCommand(deps, request, signal);
  if (answer === undefined) throw new Error("no answer");
  expect(frameBytes(answer)).toBeLessThanOrEqual(LIMITS.frameBytes);
  if (answer.type !== "reply" || answer.error) throw new Error(JSON.stringify(answer));
  return answer.result as PresenceResult;
}

test("members of a conversation may ask about each other while both are members of it", async () => {
  const { deps, row } = world();
  row("alice", GROUP, [[1, 4], [9]]);
  row("bob", GROUP, [[1]]);
  row("carol", GROUP, [[1, 7]]);
  const users = ["bob", "carol", "dave"];
  expect((await ask(deps, { users })).refused).toEqual(users);
  const named = await ask(deps, { users, conversation: GROUP });
  expect(named.users.map(({ user }) => user)).toEqual(["bob"]);
  expect(named.refused).toEqual(["carol", "dave"]);
});

test("a former member may ask about nobody of the conversation", async () => {
  const { deps, row } = world();
  row("alice", GROUP, [[1, 4]]);
  row("bob", GROUP, [[1]]);
  expect((await ask(deps, { users: ["bob"], conversation: GROUP })).refused).toEqual(["bob"]);
});

test("whoever has blocked the asker is refused also to a fellow member", async () => {
  const { deps, row } = world();
  row("alice", directConversationId("alice", "bob"), [[1]], true);
  for (const user of ["alice", "bob"]) row(user, GROUP, [[1]]);
  expect((await ask(deps, { users: ["bob"], conversation: GROUP })).refused).toEqual(["bob"]);
});

test("the reply about a hundred users with the longest names that may be asked about fits into a frame", async () => {
  const { deps, row } = world();
  const users = Array.from({ length: 100 }, (_, index) => `${"ü".repeat(73)}${index}`);
  for (const user of users) {
    row("alice", directConversationId("alice", user), [[1]]);
    await connect(deps, connection(user, `${user} 1`), signal);
  }
  expect((await ask(deps, { users, watch: true })).users).toHaveLength(100);
  const tooLong = users.map((user) => `${"ü".repeat(40)}${user}`);
  await expect(ask(deps, { users: tooLong })).rejects.toThrow("too_large");
});

test("an announcement that is late does not undo the note that its user has left", async () => {
  let pause = Promise.resolve();
  const { deps, presence } = world({
    step: (call) => (call === "markOnline" ? pause : Promise.resolve()),
  });
  const { promise, resolve: release } = Promise.withResolvers<void>();
  pause = promise;
  const arrival = connect(deps, connection("bob", "b1"), signal);
  while (presence.messages.length === 0) await new Promise((resolve) => setImmediate(resolve));
  pause = Promise.resolve();
  await releaseLease(deps, "bob", "b1", signal);
  const body = JSON.stringify({ type: "presence.maybe-offline", user: "bob", atMs: NOW_MS });
  expect(await confirmOfflineBatch(deps, [{ id: "m", receiptHandle: "r", receiveCount: 1, body }])).toEqual(
    [],
  );
  release();
  await arrival;
  // Had it been noted, this arrival would pass in silence.
  await connect(deps, connection("bob", "b2"), signal);
  expect(presence.messages.map(({ type }) => type)).toEqual([
    "presence.online",
    "presence.maybe-offline",
    "presence.offline",
    "presence.online",
  ]);
});

test("a record of the presence queue that is none comes again, and the others of its batch are settled", async () => {
  const { deps, presence } = world();
  const record = (id: string, body: string) => ({ id, receiptHandle: id, receiveCount: 1, body });
  const bob = JSON.stringify({ type: "presence.maybe-offline", user: "bob", atMs: NOW_MS });
  expect(
    await confirmOfflineBatch(deps, [record("m1", "{}"), record("m2", bob), record("m3", "no")]),
  ).toEqual(["m1", "m3"]);
  expect(presence.messages).toEqual([{ type: "presence.offline", user: "bob", version: 1, atMs: NOW_MS }]);
});

const online = { type: "presence.online", user: "bob", expiresAtMs: 2, version: 1, atMs: 1 } as const;

test("more watchers than one message tells are told by further ones, each watcher once", async () => {
  const { deps, watches, posts, presence } = world();
  const names = Array.from({ length: 620 }, (_, index) => `c${String(index).padStart(3, "0")}`);
  watches.set("bob", new Map(names.map((name) => [name, { user: name, expiresAtMs: NOW_MS + 1 }])));
  await notifyWatchers(deps, online, signal);
  expect(posts).toHaveLength(250);
  for (let told = 0; told < presence.messages.length; told++) {
    const message = presence.messages[told];
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

test("watchers that cannot be reached now are left to the queue, one by one; those that are gone are forgotten", async () => {
  const busy = world({ outcome: "retry" });
  busy.watches.set("bob", new Map([["c1", { user: "alice", expiresAtMs: NOW_MS + 1 }]]));
  await notifyWatchers(busy.deps, online, signal);
  expect(busy.deliveries).toMatchObject([
    { type: "deliver.answer", target: { user: "alice", connection: "c1" }, frame: { type: "presence" } },
  ]);
  const gone = world({ outcome: "gone" });
  gone.watches.set("bob", new Map([["c1", { user: "alice", expiresAtMs: NOW_MS + 1 }]]));
  await connect(gone.deps, connection("alice", "c1"), signal);
  await notifyWatchers(gone.deps, online, signal);
  expect(gone.watches.get("bob")?.size).toBe(0);
  expect(gone.store.leases.get("alice")?.size).toBe(0);
  expect(gone.deliveries).toEqual([]);
});

test("connections that are opened, and those that are refused, are counted", async () => {
  const { deps, metrics } = world();
  await connect(deps, connection("alice", "a1"), signal);
  await deps.leases.penalize("alice", NOW_MS + 1_000);
  await connect(deps, connection("alice", "a2"), signal);
  expect(metrics.counts).toEqual({ Connected: 1, "ConnectRefused penalized": 1 });
});
