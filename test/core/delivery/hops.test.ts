import { expect, test, vi } from "vitest";
import { type DeliverDeps, deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import type { PresenceMessage } from "../../../functions/ports/presence-topic.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import type { Watcher, WatcherPage } from "../../../functions/ports/watches.ts";
import { LIMITS } from "../../../protocol/index.ts";
import { ALICE_BOB } from "../../support/frames.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import { MemoryWatches } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";
import { groupConversation, withTail } from "../support/planning.ts";

// Lambda stops a function that was invoked about 16 times in one chain of messages ("Recursive loop detection").

/** Every user is in one bucket: the worst that a hash can do. */
vi.mock("../../../functions/core/shared/partition.ts", async (importOriginal) => ({
  ...(await importOriginal<typeof import("../../../functions/core/shared/partition.ts")>()),
  memberBucket: () => 7,
}));

const MOST_HOPS = 3;

interface Hop {
  readonly body: string;
  readonly hops: number;
}

/** Runs everything that follows from a message. Returns the most invocations in one chain. */
async function longestChain(
  world: CommitWorld,
  first: object,
  over: Partial<DeliverDeps> = {},
): Promise<number> {
  const queue: Hop[] = [{ body: JSON.stringify(first), hops: 1 }];
  let longest = 0;
  for (let hop = queue.shift(); hop !== undefined; hop = queue.shift()) {
    const { body, hops } = hop;
    longest = Math.max(longest, hops);
    const add = (message: object) => queue.push({ body: JSON.stringify(message), hops: hops + 1 });
    const deps: DeliverDeps = {
      ...world.deps,
      watches: new MemoryWatches(),
      ...over,
      outbound: outboundTo((messages) => messages.forEach(add)),
      presence: { publish: async (message: PresenceMessage) => void add(message) },
    };
    expect(await deliverBatch(deps, [{ id: "r", receiptHandle: "r", receiveCount: 1, body }])).toEqual([]);
  }
  return longest;
}

test("the largest group is reached in few hops, however its members are distributed, and each member once", async () => {
  const world = new CommitWorld();
  world.put(CONVERSATION, withTail(groupConversation(5, []), 3), segmentsOf([5]));
  const users = Array.from({ length: LIMITS.membersPerGroup - 1 }, (_, index) => `user-${index}`);
  for (const user of users) {
    world.store.admit(CONVERSATION, { user, role: "member", ranges: [[1]] });
    await world.connect(user);
  }
  const shard: Delivery = {
    type: "deliver.shard",
    conversation: CONVERSATION,
    head: { kind: "group", epoch: 1, lastSeq: 8 },
    seqs: [8],
    fromBucket: 0,
    toBucket: 255,
    acknowledged: [],
  };
  expect(await longestChain(world, shard)).toBeLessThanOrEqual(MOST_HOPS);
  const reached = world.posted.map(({ connection }) => connection);
  expect(new Set(reached)).toEqual(new Set(users.map((user) => `${user}-1`)));
  expect(reached).toHaveLength(users.length);
});

/** Many watchers of one user, in order. */
class ManyWatches extends MemoryWatches {
  readonly #watchers: readonly Watcher[];
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(watchers: readonly Watcher[]) {
    super();
    this.#watchers = watchers;
    this.#indexes = new Map(watchers.map(({ connection }, index) => [connection, index]));
  }

  override async watchersOf(
    _: string,
    { from, until, limit }: { from: string | undefined; until?: string | undefined; limit: number },
  ): Promise<WatcherPage> {
    const start = from === undefined ? 0 : (this.#indexes.get(from) ?? 0) + 1;
    const end = until === undefined ? this.#watchers.length : (this.#indexes.get(until) ?? 0) + 1;
    const watchers = this.#watchers.slice(start, Math.min(end, start + limit));
    return { watchers, next: start + limit < end ? watchers.at(-1)?.connection : undefined };
  }
}

test("100 000 watchers are notified in few hops, each once", async () => {
  const world = new CommitWorld();
  const watchers = Array.from({ length: 100_000 }, (_, index) => ({
    user: "alice",
    connection: `c${String(index).padStart(6, "0")}`,
  }));
  const direct = { peer: "bob", role: "member", ranges: [[1]], spoken: true, peerSpoken: true } as const;
  world.store.putRow("alice", { conversation: ALICE_BOB, ...direct });
  const reached = new Map<string, number>();
  const connections = {
    ...world.deps.connections,
    post: async (connection: string) => {
      reached.set(connection, (reached.get(connection) ?? 0) + 1);
      return "sent" as const;
    },
  };
  const change = { type: "presence.online", user: "bob", expiresAtMs: 2, version: 1, atMs: 1 };
  const hops = await longestChain(world, change, { connections, watches: new ManyWatches(watchers) });
  expect(hops).toBeLessThanOrEqual(MOST_HOPS);
  expect(reached.size).toBe(watchers.length);
  expect([...reached.values()].every((times) => times === 1)).toBe(true);
});
