import { afterEach, beforeEach, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

// Accounts of others that are deleted while the client shows what they wrote.

const TOMBSTONE = "erased:x1";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

/** The entry that tells that a user is erased. */
const erased = (seq: number, body: object) =>
  entry(seq, { kind: "erased", sender: TOMBSTONE, body: { user: "bob", tombstone: TOMBSTONE, ...body } });

const group = (lastSeq: number, changes: object = {}) =>
  withBob(lastSeq, {
    kind: "group",
    peer: undefined,
    title: "Lunch",
    role: "member",
    memberCount: 3,
    receipts: [
      { user: "bob", readSeq: 1, deliveredSeq: 1 },
      { user: "carol", readSeq: 1, deliveredSeq: 1 },
    ],
    ...changes,
  });

test("what they said is gone, and the tombstone stands wherever they were named", async () => {
  chat.open();
  const before = [
    entry(1, { kind: "create", body: { title: "Lunch", members: ["alice", "carol"] } }),
    entry(2, { body: { text: "secret" }, reactions: { "👍": ["carol"] } }),
    entry(3, {
      sender: "carol",
      body: { text: "bob" },
      reactions: { "👍": ["bob", "alice"], "🎉": ["bob"] },
    }),
    entry(4, { sender: "carol", kind: "x.poll", body: { votes: ["bob"] } }),
    entry(5, { sender: "carol", kind: "member.add", body: { users: ["bob", "dave"] } }),
    entry(6, { sender: "carol", kind: "role", body: { user: "bob", role: "admin" } }),
    entry(7, { sender: "carol", kind: "rename", body: { title: "bob" } }),
    entry(8, { kind: "rename", body: { title: "secret" } }),
  ];
  await chat.wire.connect(group(8, { entries: before }));
  await chat.push(erased(9, { owner: "alice", untitled: true }));
  const shown = chat.alice.client.conversation(WITH_BOB).view.getSnapshot();
  expect(shown.entries).toMatchObject([
    { seq: 1, sender: TOMBSTONE, body: { members: ["alice", "carol"] } },
    { seq: 2, sender: TOMBSTONE, body: null, deletedAtMs: 1_700_000_000_009 },
    { seq: 3, sender: "carol", body: { text: "bob" }, reactions: { "👍": ["alice"] } },
    { seq: 4, sender: "carol", body: { votes: ["bob"] } },
    { seq: 5, body: { users: [TOMBSTONE, "dave"] } },
    { seq: 6, body: { user: TOMBSTONE, role: "admin" } },
    { seq: 7, body: { title: "bob" } },
    { seq: 8, sender: TOMBSTONE },
    { seq: 9, kind: "erased", sender: TOMBSTONE },
  ]);
  expect(JSON.stringify(shown.entries)).not.toContain("secret");
  expect(JSON.stringify(shown.entries)).not.toContain("Lunch");
  expect(shown.entries[2]?.reactions).not.toHaveProperty("🎉");
  expect(chat.info()).toMatchObject({
    memberCount: 2,
    role: "owner",
    title: undefined,
    receipts: [{ user: "carol" }],
    preview: { kind: "erased", sender: TOMBSTONE },
  });
});

test("somebody who was no member any more is not counted out again", async () => {
  chat.open();
  await chat.wire.connect(group(1, { entries: entries(1, 1) }));
  await chat.push(erased(2, { former: true }));
  expect(chat.info()).toMatchObject({ memberCount: 3, title: "Lunch", role: "member" });
});

test("the peer of a direct conversation becomes the tombstone, and nothing is sent to it by the old name", async () => {
  chat.open();
  await chat.wire.connect(withBob(2, { entries: entries(1, 2) }));
  expect(chat.conversation.id).toBe(WITH_BOB);
  await chat.push(erased(3, {}));
  expect(chat.info()).toMatchObject({ peer: TOMBSTONE, preview: { kind: "erased" } });
  // Whoever comes by the name is another person.
  expect(chat.conversation.id).toBeUndefined();
  chat.conversation.send("to another bob");
  await expect.poll(() => chat.wire.last.of("send").at(-1)).toMatchObject({ to: { user: "bob" } });
});

test("what a device learns from a sync is the same", async () => {
  chat.open();
  await chat.wire.connect(withBob(2, { entries: entries(1, 2) }));
  await chat.wire.last.cut();
  chat.clock.advance(1_000);
  await chat.wire.connect(withBob(3, { peer: TOMBSTONE, entries: [erased(3, {})] }));
  expect(chat.info()).toMatchObject({ peer: TOMBSTONE });
  expect(chat.conversation.id).toBeUndefined();
  const shown = chat.alice.client.conversation(WITH_BOB).view.getSnapshot().entries;
  expect(shown.map(({ sender, body }) => [sender, body])).toMatchObject([
    [TOMBSTONE, null],
    [TOMBSTONE, null],
    [TOMBSTONE, {}],
  ]);
});

test("a new person by the same name is the peer again, and keeps what they write", async () => {
  chat.open();
  await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
  await chat.push(erased(2, {}), entry(3, { body: { text: "another bob" } }));
  expect(chat.info()).toMatchObject({ peer: "bob" });
  const shown = chat.alice.client.conversation(WITH_BOB).view.getSnapshot().entries;
  expect(shown.map(({ sender }) => sender)).toEqual([TOMBSTONE, TOMBSTONE, "bob"]);
  expect(shown[2]).toMatchObject({ body: { text: "another bob" } });
});

test("older entries that were read before the erasure are renamed when they arrive", async () => {
  chat.open();
  await chat.wire.connect(withBob(30, { entries: entries(11, 30) }));
  const loading = chat.conversation.loadOlder();
  await chat.push(erased(31, {}));
  const page = { epoch: 1, lastSeq: 30, first: 1, entries: entries(1, 10), more: false };
  await chat.wire.last.answer("history", page);
  await loading;
  const shown = chat.alice.client.conversation(WITH_BOB).view.getSnapshot().entries;
  expect(shown).toHaveLength(31);
  expect(new Set(shown.map(({ sender }) => sender))).toEqual(new Set([TOMBSTONE]));
});

test("what waits in the outbox for an erased user is refused, and not given to somebody else", async () => {
  chat.open();
  await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
  chat.conversation.send("for the first bob");
  await chat.push(erased(2, {}));
  const [frame] = chat.wire.last.of("send");
  expect(frame).toMatchObject({ conversation: WITH_BOB });
  const ids = frame?.entries.map(({ id }) => id) ?? [];
  await chat.wire.last.push({
    type: "reject",
    conversation: WITH_BOB,
    ids,
    error: wireError("conflict"),
  });
  expect(chat.wire.last.of("send")).toHaveLength(1);
  expect(chat.alice.client.conversation(WITH_BOB).view.getSnapshot().entries.at(-1)).toMatchObject({
    status: "failed",
  });
});
