import { beforeEach, describe, expect, test } from "vitest";
import { type EraseDeps, type EraseRequest, eraseUser } from "../../../functions/core/erase/erase-user.ts";
import { hasConsent } from "../../../functions/core/log/consent.ts";
import { groupConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { PublishedEntry } from "../../../functions/ports/published-frame.ts";
import { isTombstone } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { MemoryAccounts } from "../../support/memory-ports.ts";
import { MemoryWatches } from "../../support/memory-presence.ts";
import { CommitWorld } from "../support/commit-world.ts";

const GROUP = groupConversationId("alice", "group");

let world: CommitWorld;
let ids = 0;

beforeEach(() => {
  world = new CommitWorld();
});

const text = (words: string): PublishedEntry => ({ id: `e${ids++}`, kind: "text", body: { text: words } });

/** Commits one entry; in the direct conversation, `to` the other side unless told otherwise. */
async function commit(
  sender: string,
  entry: PublishedEntry,
  over: { to?: string; receivedAtMs?: number } = {},
) {
  world.nowMs += 1_000;
  const { to = sender === "alice" ? "bob" : "alice", receivedAtMs = world.nowMs } = over;
  const connection = `${sender}-1`;
  const frame = published({ sender: { user: sender, connection }, entries: [entry], receivedAtMs });
  expect(await world.commit([{ ...frame, conversation: ALICE_BOB, to: { user: to } }])).toEqual([]);
}

async function commitToGroup(sender: string, entry: PublishedEntry) {
  world.nowMs += 1_000;
  const { to: _, ...frame } = published({
    sender: { user: sender, connection: `${sender}-1` },
    entries: [entry],
    receivedAtMs: world.nowMs,
  });
  expect(await world.commit([{ ...frame, conversation: GROUP }])).toEqual([]);
}

const createGroup = (members: string[]) =>
  commitToGroup("alice", { id: "group", kind: "create", body: { title: "Hers", members } });

async function erase(over: Partial<EraseRequest> = {}) {
  const deps: EraseDeps = {
    ...world.deps,
    watches: new MemoryWatches(new Map()),
    accounts: new MemoryAccounts(world.store),
  };
  const request = { user: "alice", untilMs: Number.POSITIVE_INFINITY, ...over };
  return eraseUser(deps, request, new AbortController().signal);
}

const kinds = (conversation: string) => world.store.entries(conversation).map(({ kind }) => kind);
const rowOf = (user: string) => world.store.row({ user, conversation: ALICE_BOB });

describe("who comes by an erased user's id", () => {
  test("has nobody's consent: both have to speak again", async () => {
    await commit("alice", text("one"));
    await commit("bob", text("two"));
    expect(hasConsent(rowOf("bob"))).toBe(true);
    await erase();
    expect(rowOf("alice")).toBeUndefined();
    expect(rowOf("bob")?.peer).toSatisfy(isTombstone);
    await commit("alice", text("another alice"));
    expect(rowOf("bob")).toMatchObject({ peer: "alice" });
    expect([hasConsent(rowOf("alice")), hasConsent(rowOf("bob"))]).toEqual([false, false]);
    await commit("bob", text("welcome"));
    expect([hasConsent(rowOf("alice")), hasConsent(rowOf("bob"))]).toEqual([true, true]);
  });

  test("reads nothing of before, and is not held to a block that the erased user had made", async () => {
    await commit("bob", text("one"));
    await commit("alice", text("two"));
    const block = published({
      sender: { user: "alice", connection: "alice-1" },
      entries: [],
      control: { id: "block", type: "block" },
      receivedAtMs: world.nowMs,
    });
    await world.commit([{ ...block, conversation: ALICE_BOB, to: { user: "bob" } }]);
    expect(rowOf("bob")).toMatchObject({ blocked: true });
    await erase();
    expect(rowOf("bob")).not.toHaveProperty("blocked");
    await commit("bob", text("to another alice"));
    const { lastSeq } = world.head(ALICE_BOB);
    expect(rowOf("alice")).toMatchObject({ ranges: [[lastSeq]] });
  });

  test("is not the one to whom a message was written before", async () => {
    await commit("alice", text("one"));
    await commit("bob", text("two"));
    const writtenAtMs = world.nowMs;
    await erase();
    const before = kinds(ALICE_BOB);
    await commit("bob", text("waited in the queue"), { receivedAtMs: writtenAtMs });
    await commit("alice", text("waited, too"), { receivedAtMs: writtenAtMs });
    expect(kinds(ALICE_BOB)).toEqual(before);
    expect(rowOf("alice")).toBeUndefined();
  });
});

describe("a group", () => {
  test("goes to the member of the highest role who is in it longest, and has no title of theirs", async () => {
    await createGroup(["bob"]);
    await commitToGroup("alice", { id: "add", kind: "member.add", body: { users: ["carol"] } });
    await commitToGroup("alice", { id: "role", kind: "role", body: { user: "carol", role: "admin" } });
    await erase();
    expect(world.store.members.get(GROUP)?.get("carol")?.role).toBe("owner");
    expect(world.store.members.get(GROUP)?.get("bob")?.role).toBe("member");
    expect(world.head(GROUP)).not.toHaveProperty("title");
    expect(world.store.entries(GROUP).at(-1)).toMatchObject({ body: { owner: "carol", untitled: true } });
  });

  test("keeps a title that somebody else has given, and says who had left before", async () => {
    await createGroup(["bob"]);
    await commitToGroup("alice", { id: "role", kind: "role", body: { user: "bob", role: "owner" } });
    await commitToGroup("bob", { id: "rename", kind: "rename", body: { title: "His" } });
    await commitToGroup("alice", { id: "leave", kind: "member.leave", body: {} });
    await erase();
    expect(world.head(GROUP)).toMatchObject({ title: "His", memberCount: 1 });
    expect(world.store.entries(GROUP).at(-1)?.body).toMatchObject({ user: "alice", former: true });
  });

  test("does not name them as the one who has added its members", async () => {
    await createGroup(["bob", "carol"]);
    expect(world.store.row({ user: "bob", conversation: GROUP })).toMatchObject({ addedBy: "alice" });
    await erase();
    for (const user of ["bob", "carol"]) {
      expect(world.store.row({ user, conversation: GROUP })).not.toHaveProperty("addedBy");
    }
  });

  test("loses what they have written into a message of somebody else, and keeps other edits", async () => {
    await createGroup(["bob", "carol"]);
    await commitToGroup("bob", text("of bob"));
    await commitToGroup("carol", text("of carol"));
    await commitToGroup("alice", { id: "edit", kind: "edit", body: { of: 2, text: "secret" } });
    await commitToGroup("carol", { id: "edit", kind: "edit", body: { of: 3, text: "better" } });
    await erase();
    const [, bobs, carols] = world.store.entries(GROUP);
    expect(bobs).toMatchObject({ sender: "bob", body: null, deletedAtMs: expect.any(Number) });
    expect(carols).toMatchObject({ sender: "carol", body: { text: "better" } });
    expect(JSON.stringify([world.head(GROUP), ...world.store.entries(GROUP)])).not.toContain("secret");
  });
});

test("a call ends when its time is up, and the next one goes on from its cursor", async () => {
  await createGroup(["bob"]);
  for (let index = 0; index < 120; index++) await commitToGroup("alice", text(`secret ${"x".repeat(9_000)}`));
  let cursor: EraseRequest["cursor"];
  let calls = 0;
  let texts = 0;
  for (;;) {
    calls += 1;
    expect(calls).toBeLessThan(40);
    let left = 3;
    world.around = async (name, work) => {
      if (name === "log.change" && --left === 0) world.nowMs += 60_000;
      return work();
    };
    const { done, ...result } = await erase({ cursor, untilMs: world.nowMs + 40_000 });
    texts += result.counts.texts;
    if (done) break;
    expect(result.cursor).toMatchObject({ conversation: GROUP });
    cursor = result.cursor;
  }
  expect(calls).toBeGreaterThan(1);
  expect(texts).toBe(120);
  expect(kinds(GROUP).filter((kind) => kind === "erased")).toHaveLength(1);
  expect(JSON.stringify(world.store.entries(GROUP))).not.toContain("secret");
});

test("a dry run counts, and changes nothing", async () => {
  await createGroup(["bob"]);
  await commitToGroup("alice", text("secret"));
  await commit("alice", text("secret"));
  const before = JSON.stringify([...world.store.heads]);
  expect(await erase({ dryRun: true })).toEqual({
    done: true,
    counts: { conversations: 2, texts: 2, titles: 1, reactions: 0, names: 3, watches: 0 },
  });
  expect(JSON.stringify([...world.store.heads])).toBe(before);
  expect(world.writes.length).toBe(3);
});
