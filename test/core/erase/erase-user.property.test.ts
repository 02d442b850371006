import fc from "fast-check";
import { expect, test } from "vitest";
import { type EraseDeps, eraseUser } from "../../../functions/core/erase/erase-user.ts";
import { groupConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { PublishedEntry } from "../../../functions/ports/published-frame.ts";
import type { Entry } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { MemoryAccounts, type MemoryStore } from "../../support/memory-ports.ts";
import { MemoryWatches, type WatchStore } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";

const USERS = ["alice", "bob", "carol"] as const;
const GROUP = groupConversationId("bob", "the-group");
const ALICES = groupConversationId("alice", "hers");
const CONVERSATIONS = [ALICE_BOB, GROUP, ALICES] as const;
const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 150);

type User = (typeof USERS)[number];

interface Act {
  readonly conversation: (typeof CONVERSATIONS)[number];
  readonly sender: User;
  readonly kind:
    | "text"
    | "edit"
    | "delete"
    | "reaction"
    | "rename"
    | "member.add"
    | "member.remove"
    | "role"
    | "x.note"
    | "member.leave";
  readonly of: number;
  readonly other: User;
}

const acts = fc.record<Act>({
  conversation: fc.constantFrom(...CONVERSATIONS),
  sender: fc.constantFrom(...USERS),
  kind: fc.constantFrom(
    "text",
    "text",
    "text",
    "edit",
    "delete",
    "reaction",
    "reaction",
    "rename",
    "member.add",
    "member.remove",
    "role",
    "x.note",
    "member.leave",
  ),
  of: fc.integer({ min: 1, max: 30 }),
  other: fc.constantFrom(...USERS),
});

let entryIds = 0;

function entryOf({ kind, sender, of, other }: Act): PublishedEntry {
  const id = `entry-${entryIds++}`;
  const text = `text-of-${sender}-${id}`;
  switch (kind) {
    case "text":
      return { id, kind, body: { text } };
    case "x.note":
      return { id, kind, body: { text } };
    case "edit":
      return { id, kind, body: { of, text } };
    case "delete":
      return { id, kind, body: { of } };
    case "reaction":
      return { id, kind, body: { of, key: "+1" } };
    case "rename":
      return { id, kind, body: { title: `title-of-${sender}` } };
    case "role":
      return { id, kind, body: { user: other, role: "admin" } };
    case "member.leave":
      return { id, kind, body: {} };
    default:
      return { id, kind, body: { users: [other] } };
  }
}

async function act(world: CommitWorld, one: Act): Promise<void> {
  world.nowMs += 1_000;
  const to = one.conversation === ALICE_BOB ? { user: one.sender === "bob" ? "alice" : "bob" } : undefined;
  if (one.conversation === ALICE_BOB && one.sender === "carol") return;
  const frame = published({
    sender: { user: one.sender, connection: `${one.sender}-1` },
    conversation: one.conversation,
    entries: [entryOf(one)],
    receivedAtMs: world.nowMs,
  });
  const { to: _, ...rest } = frame;
  await world.commit([to === undefined ? rest : { ...frame, to }]);
}

async function create(world: CommitWorld, creator: User, id: string): Promise<void> {
  const { to: _, ...frame } = published({
    sender: { user: creator, connection: `${creator}-1` },
    conversation: groupConversationId(creator, id),
    entries: [
      {
        id,
        kind: "create",
        body: { title: `title-of-${creator}`, members: USERS.filter((user) => user !== creator) },
      },
    ],
  });
  await world.commit([frame]);
}

class Crash extends Error {}

/** Several calls at once crash together. */
function isCrash(error: unknown): boolean {
  return error instanceof AggregateError ? error.errors.every(isCrash) : error instanceof Crash;
}

/** Everything in the store that names Alice, apart from the entries that tell others whom to rename. */
function tracesOfAlice(store: MemoryStore, watches: WatchStore): string[] {
  const withoutNotice = (entry: Entry) =>
    entry.kind === "erased" ? { ...entry, body: { ...(entry.body as object), user: "" } } : entry;
  const all: [string, unknown][] = [];
  for (const conversation of store.heads.keys()) {
    const head = store.heads.get(conversation);
    all.push([`head ${conversation}`, { ...head, tail: head?.tail.map(withoutNotice) }]);
    for (const [seq, segment] of store.segments.get(conversation) ?? []) {
      all.push([`segment ${seq}`, segment.entries.map(withoutNotice)]);
    }
    all.push(["members", [...(store.members.get(conversation) ?? [])]]);
  }
  all.push([
    "inbox",
    [...store.inbox].map(([user, rows]) => (rows.size === 0 ? [] : [user, [...rows.values()]])),
  ]);
  all.push([
    "forgotten",
    [...store.forgotten].map(([user, rows]) => (rows.size === 0 ? [] : [user, [...rows]])),
  ]);
  all.push(["watches", [...watches].map(([user, rows]) => (rows.size === 0 ? [] : [user, [...rows]]))]);
  return all.flatMap(([place, item]) =>
    JSON.stringify(item).includes("alice") ? [`${place}: ${JSON.stringify(item)}`] : [],
  );
}

/** Texts of the others, as they stand: they must be there after the erasure. */
function saidByOthers(store: MemoryStore): string[] {
  return CONVERSATIONS.flatMap((conversation) =>
    store
      .entries(conversation)
      .filter(({ sender, kind }) => sender !== "alice" && (kind === "text" || kind === "x.note"))
      .map(({ seq, sender, body, deletedAtMs }) =>
        JSON.stringify([conversation, seq, sender, body, deletedAtMs]),
      ),
  );
}

test("an erasure leaves nothing of a user, whenever it crashes and whatever the others do meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(acts, { minLength: 10, maxLength: 60 }),
      fc.array(
        fc.record({ acts: fc.array(acts, { maxLength: 3 }), crash: fc.integer({ min: 0, max: 25 }) }),
        {
          maxLength: 8,
        },
      ),
      fc.boolean(),
      async (before, rounds, forgets) => {
        const world = new CommitWorld();
        const watches: WatchStore = new Map();
        await create(world, "bob", "the-group");
        await create(world, "alice", "hers");
        await world.connect("alice");
        for (const one of before) await act(world, one);
        const said = saidByOthers(world.store);
        await new MemoryWatches(watches).replace(
          { user: "bob", connection: "bob-1" },
          ["alice"],
          Number.MAX_SAFE_INTEGER,
        );
        await new MemoryWatches(watches).replace(
          { user: "alice", connection: "alice-1" },
          ["bob"],
          Number.MAX_SAFE_INTEGER,
        );
        const row = world.store.row({ user: "alice", conversation: GROUP });
        if (forgets && row?.ranges.every(([, to]) => to !== undefined)) {
          await world.deps.inbox.forget(
            { user: "alice", conversation: GROUP },
            row.ranges,
            new AbortController().signal,
          );
        }
        const deps: EraseDeps = {
          ...world.deps,
          watches: world.watched("watches", new MemoryWatches(watches)),
          accounts: world.watched("accounts", new MemoryAccounts(world.store)),
        };
        const removers: User[] = ["bob", "carol"];
        let done = false;
        for (let round = 0; !done; round++) {
          expect(round).toBeLessThan(40);
          const { acts: meanwhile = [], crash = Number.POSITIVE_INFINITY } = rounds[round] ?? {};
          let left = crash;
          const queue = meanwhile.filter(
            ({ sender, other }) => removers.includes(sender) && other !== "alice",
          );
          world.around = async (name, work) => {
            const next = queue.shift();
            if (next !== undefined) {
              const { around } = world;
              world.around = (_, inner) => inner();
              await act(world, next);
              world.around = around;
            }
            if (left-- <= 0 && name !== "log.announced") throw new Crash();
            return work();
          };
          try {
            const result = await eraseUser(
              deps,
              { user: "alice", untilMs: Number.POSITIVE_INFINITY },
              new AbortController().signal,
            );
            done = result.done;
          } catch (error) {
            if (!isCrash(error)) throw error;
          } finally {
            world.around = (_, work) => work();
          }
        }
        expect(tracesOfAlice(world.store, watches)).toEqual([]);
        // Others may have changed or deleted what they said while it ran, so it is compared only where nobody did.
        if (rounds.every(({ acts: meanwhile }) => meanwhile.length === 0)) {
          // What Alice had written into another's message is hers.
          const others = said.filter((text) => !text.includes("text-of-alice"));
          expect(saidByOthers(world.store)).toEqual(expect.arrayContaining(others));
        }
      },
    ),
    { numRuns: RUNS },
  );
}, 60_000);
