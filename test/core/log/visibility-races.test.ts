import { describe, expect, test } from "vitest";
import { commitBatch } from "../../../functions/core/commit/batch.ts";
import { resolveDeadLetters } from "../../../functions/core/commit/dead-letters.ts";
import { frameDigest } from "../../../functions/core/commit/dedup-window.ts";
import { DirectWriter } from "../../../functions/core/commit/direct.ts";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import { deliverBatch } from "../../../functions/core/delivery/deliver.ts";
import { history } from "../../../functions/core/query/history.ts";
import { sync } from "../../../functions/core/query/sync.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import { published } from "../../support/frames.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import { MemoryInbox, MemoryLeases, MemoryLog } from "../../support/memory-ports.ts";
import { MemoryWatches } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";
import { CONVERSATION, segmentsOf } from "../support/logs.ts";
import { edit, frameOf, groupConversation, react, text, withHead, withTail } from "../support/planning.ts";

/**
 * Bob is removed from Alice's group while something is shown to him, and Alice writes, edits and reacts after that. At
 * whatever two moments it happens, he must not be shown what came after his removal.
 */

const SECRET = "SECRET";
const signal = new AbortController().signal;

/** Alice's frame with the third entry, which a device or the queue sends once more. */
const repeated: PublishedFrame = published({
  frame: "the frame of e3",
  conversation: CONVERSATION,
  to: undefined,
  entries: [{ id: "e3", kind: "text", body: { text: "hi" } }],
  seen: [1, 2],
});

const removal = frameOf({ kind: "member.remove", body: { users: ["bob"] } });
const changes = [
  frameOf(text(SECRET)),
  frameOf(edit(3, SECRET)),
  frameOf(react(2, SECRET)),
  frameOf(edit(7, SECRET)),
  frameOf({ kind: "rename", body: { title: SECRET } }),
];

interface Options {
  readonly isConnected: boolean;
  readonly isDecided: boolean;
}

/** Alice's group with Bob and Carol: 1 to 5 in a segment, 6 to 8 in the head. */
async function setUp({ isConnected, isDecided }: Options): Promise<CommitWorld> {
  const world = new CommitWorld({ events: new Set(["message.undelivered"]) });
  const decided = isDecided ? [{ frame: frameDigest(repeated.frame), outcomes: [{ seq: 3 }] }] : [];
  const view = withHead(withTail(groupConversation(5, ["bob", "carol"]), 3), { decided, announcedSeq: 2 });
  world.put(CONVERSATION, view, segmentsOf([5]));
  if (isConnected) await world.connect("bob");
  return world;
}

/** Commits Alice's frames at once, whatever else is under way. */
async function write({ store, deps }: CommitWorld, frames: readonly PublishedFrame[]): Promise<void> {
  const quiet = {
    ...deps,
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    leases: { ...new MemoryLeases(store), read: async () => new Map() } as unknown as MemoryLeases,
    connections: { post: async () => "sent" as const, close: async () => undefined },
    outbound: outboundTo(() => undefined),
  };
  for (const frame of frames) {
    const record = { id: "r", receiptHandle: "h", receiveCount: 1, group: CONVERSATION };
    const failed = await commitBatch(quiet, [{ ...record, body: JSON.stringify(frame) }]);
    expect(failed).toEqual([]);
  }
}

const record = (body: object) => ({
  id: "r1",
  receiptHandle: "h1",
  receiveCount: 1,
  group: CONVERSATION,
  body: JSON.stringify(body),
});

const deliver = (delivery: Delivery) => (world: CommitWorld) =>
  deliverBatch({ ...world.deps, watches: new MemoryWatches() }, [record(delivery)]);
const target = { user: "bob", connection: "bob-1" };
const left = {
  ...{ type: "deliver.entries" as const, targets: [target], conversation: CONVERSATION, epoch: 1 },
  seqs: [2, 3, 7],
};
const shard: Delivery = {
  ...{ type: "deliver.shard", conversation: CONVERSATION, head: { kind: "group", epoch: 1, lastSeq: 8 } },
  ...{ seqs: [2, 3, 7], fromBucket: 0, toBucket: 255, acknowledged: [] },
};
const request = { id: "r1", conversation: CONVERSATION };

type Show = (world: CommitWorld) => Promise<unknown>;

const SHOWN: [name: string, options: Options, show: Show][] = [
  ...[true, false].flatMap((isConnected): typeof SHOWN => {
    const how = isConnected ? "pushed" : "announced as undelivered";
    const decided = { isConnected, isDecided: true };
    const undecided = { isConnected, isDecided: false };
    return [
      [`a redelivery that is ${how}`, decided, (world) => world.commit([repeated])],
      [
        `a redelivery with a new frame that is ${how}`,
        decided,
        (world) => world.commit([repeated, { ...frameOf(text("hi")), sender: { user: "carol" } }]),
      ],
      [`a resend that is ${how}`, undecided, (world) => world.commit([repeated])],
      [
        `a resend to a direct writer that is ${how}`,
        undecided,
        (world) => new DirectWriter(world.deps).write(repeated, signal),
      ],
      [
        `a resend to a direct writer that remembers the conversation and is ${how}`,
        undecided,
        async (world) => {
          const recent = new RecentConversations();
          const members = world.store.membersOf(CONVERSATION);
          recent.put(CONVERSATION, { head: world.head(CONVERSATION), members, complete: true }, world.nowMs);
          return new DirectWriter({ ...world.deps, recent }).write(repeated, signal);
        },
      ],
      [
        `a dead letter that is ${how}`,
        undecided,
        (world) => {
          const parking = { park: async () => undefined };
          return resolveDeadLetters({ ...world.deps, parking }, [record(repeated)]);
        },
      ],
      [
        `a new entry that is ${how}`,
        undecided,
        (world) => world.commit([{ ...frameOf(text("hi")), sender: { user: "carol" } }]),
      ],
      [`a shard that is ${how}`, undecided, deliver(shard)],
    ];
  }),
  ["entries left for a connection", { isConnected: true, isDecided: false }, deliver(left)],
  ["a `joined` left for it", { isConnected: true, isDecided: false }, deliver({ ...left, joined: true })],
  [
    "history",
    { isConnected: true, isDecided: false },
    ({ deps }) => history(deps, "bob", { type: "history", ...request }, signal),
  ],
  [
    "older history",
    { isConnected: true, isDecided: false },
    ({ deps }) => history(deps, "bob", { type: "history", ...request, before: 5 }, signal),
  ],
  ...([{}, { [CONVERSATION]: [1, 1] }] as Record<string, [number, number]>[]).map(
    (cursors): (typeof SHOWN)[number] => [
      `sync from ${JSON.stringify(cursors)}`,
      { isConnected: true, isDecided: false },
      ({ deps }) => sync(deps, "bob", { type: "sync", id: "r1", cursors }, signal),
    ],
  ),
];

/** Shows something to Bob with his removal before one call, and the changes before the same or a later one. */
async function shown(options: Options, show: Show, removedAt: number, changedAt: number) {
  const world = await setUp(options);
  let calls = 0;
  world.around = async (_, work) => {
    const call = calls++;
    if (call === removedAt) await write(world, [removal]);
    if (call === changedAt) await write(world, changes);
    return work();
  };
  const reply = await show(world);
  const toBob = world.posted.filter(({ connection }) => connection.startsWith("bob"));
  const events = world.outbound.filter(
    (event) => event.type === "message.undelivered" && event.users.includes("bob"),
  );
  return { text: JSON.stringify([reply, toBob, events]), calls };
}

describe.each(SHOWN)("%s", (_, options, show) => {
  test("shows nothing of what came after a removal, whenever that was", async () => {
    const undisturbed = await shown(options, show, -1, -1);
    expect(undisturbed.text).toMatch(/"(seq|conversation)"/);
    const leaks: string[] = [];
    for (let removedAt = 0; removedAt < undisturbed.calls; removedAt++) {
      for (let changedAt = removedAt; changedAt < undisturbed.calls; changedAt++) {
        const { text: seen } = await shown(options, show, removedAt, changedAt);
        if (seen.includes(SECRET)) leaks.push(`${removedAt}, ${changedAt}: ${seen}`);
      }
    }
    expect(leaks).toEqual([]);
  });
});
