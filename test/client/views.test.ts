import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions, Conversation, ConversationInfo } from "../../client/src/index.ts";
import { wireError } from "../../protocol/index.ts";
import { type Device, openDevice } from "./support/device.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemoryStorage } from "./support/memory-storage.ts";
import { settled, Wire } from "./support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "./support/with-bob.ts";

const GROUP = `g${"x".repeat(43)}`;

let wire: Wire;
let clock: ManualClock;
let alice: Device;
let withHim: Conversation;

function open(options: Partial<ClientOptions> = {}): void {
  alice = openDevice(wire, "alice", { transport: wire.transport, clock, random: () => 0.5, ...options });
  withHim = alice.client.conversation({ user: "bob" });
}

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
});

afterEach(() => alice.client.close());

const shown = () => withHim.view.getSnapshot().entries;
const lines = () =>
  shown().map(({ seq, body, status }) => [seq, (body as { text: string } | null)?.text, status] as const);
const info = (): ConversationInfo | undefined => alice.client.inbox.getSnapshot()[0];
const push = (...news: ReturnType<typeof entry>[]) =>
  wire.last.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: news });
const receipt = (user: string, cursors: object) =>
  wire.last.push({ type: "receipt", conversation: WITH_BOB, user, ...cursors });

async function ack(firstSeq: number): Promise<void> {
  const { entries: sent = [] } = wire.last.of("send").at(-1) ?? {};
  const placed = sent.map(({ id }, index) => ({ id, seq: firstSeq + index, sentAtMs: clock.nowMs() }));
  await wire.last.push({ type: "ack", conversation: WITH_BOB, epoch: 1, entries: placed });
}

describe("an entry on its way", () => {
  test("is shown at the end, and settles in place: sent, delivered, read", async () => {
    open();
    const sending = withHim.send("hello");
    const states: string[] = [];
    sending.subscribe((state) => states.push(state));
    expect(lines()).toEqual([[undefined, "hello", "queued"]]);
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    expect(lines()).toEqual([
      [1, "text 1", undefined],
      [undefined, "hello", "queued"],
    ]);
    await push(entry(2));
    await ack(3);
    expect(lines().at(-1)).toEqual([3, "hello", "sent"]);
    expect(shown().filter(({ id }) => id === sending.id)).toHaveLength(1);
    await expect(sending.seq).resolves.toBe(3);
    await receipt("bob", { deliveredSeq: 3 });
    await receipt("bob", { readSeq: 3 });
    // Late and overtaken: of two the higher counts.
    await receipt("bob", { readSeq: 1 });
    expect(states).toEqual(["queued", "sent", "delivered", "read"]);
    expect(sending.state).toBe("read");
  });

  test("stays in sight when its ack overtakes what was said before it", async () => {
    open();
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    withHim.edit(1, "better");
    await ack(2);
    const sending = withHim.send("hello");
    await ack(4);
    withHim.edit(4, "hello Bob");
    await ack(5);
    const own = shown().at(-1);
    expect(own).toMatchObject({ id: sending.id, seq: 4, body: { text: "hello Bob" }, status: "sent" });
    await push(entry(3));
    expect(lines().map(([seq]) => seq)).toEqual([1, 3, 4]);
    expect(lines().at(-1)).toEqual([4, "hello Bob", "sent"]);
  });

  test("that is refused stays in sight with the reason, until it is discarded", async () => {
    open();
    await wire.connect(withBob(0));
    const sending = withHim.send("hello");
    const error = wireError("blocked");
    await wire.last.push({ type: "reject", conversation: WITH_BOB, ids: [sending.id], error });
    expect(sending.state).toBe("failed");
    expect(shown()).toMatchObject([{ id: sending.id, status: "failed", error: { code: "blocked" } }]);
    await expect(sending.seq).rejects.toMatchObject({ code: "blocked" });
    withHim.discard(sending.id);
    expect(shown()).toEqual([]);
  });

  test("is shown by the next client as soon as it is there, without a connection", async () => {
    const kept = new MemoryStorage();
    const life = kept.life();
    open({ storage: life });
    withHim.send("one");
    await settled();
    life.crash();
    alice.client.close();
    open({ storage: kept.life(), token: () => new Promise(() => {}) });
    await settled();
    withHim.send("two");
    expect(shown()).toMatchObject([
      { body: { text: "one" }, sender: "alice", status: "queued" },
      { body: { text: "two" }, status: "queued" },
    ]);
    expect(alice.client.pending()).toHaveLength(2);
  });

  test("is shown as what it does, if it changes another", async () => {
    open();
    await wire.connect(withBob(2, { entries: [entry(1), entry(2, { sender: "alice" })] }));
    withHim.edit(2, "better");
    withHim.react(1, "👍");
    expect(lines()).toEqual([
      [1, "text 1", undefined],
      [2, "better", "sent"],
    ]);
    expect(shown()[0]?.reactions).toEqual({ "👍": ["alice"] });
    const [first] = wire.last.of("send");
    const error = wireError("conflict");
    await wire.last.push({
      type: "reject",
      conversation: WITH_BOB,
      ids: [first?.entries[0]?.id ?? ""],
      error,
    });
    expect(lines()[1]).toEqual([2, "text 2", "sent"]);
    await ack(3);
    expect(shown()[0]?.reactions).toEqual({ "👍": ["alice"] });
    expect(shown().filter(({ status }) => status !== "failed")).toHaveLength(2);
  });
});

describe("a snapshot", () => {
  test("is the same until something has changed, and so is every entry of it", async () => {
    open();
    await wire.connect(withBob(2, { entries: entries(1, 2) }));
    const before = withHim.view.getSnapshot();
    expect(withHim.view.getSnapshot()).toBe(before);
    await push(entry(3));
    const after = withHim.view.getSnapshot();
    expect(after).not.toBe(before);
    expect(
      after.entries.slice(0, 2).map((shownEntry, index) => shownEntry === before.entries[index]),
    ).toEqual([true, true]);
    expect(before.entries).toHaveLength(2);
  });

  test("is told at once, and once for all that happened in a turn; not after the end of the subscription", async () => {
    open();
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    const counts: number[] = [];
    const stop = withHim.view.subscribe(({ entries: now }) => counts.push(now.length));
    expect(counts).toEqual([1]);
    withHim.send("one");
    withHim.send("two");
    await settled();
    expect(counts).toEqual([1, 3]);
    stop();
    withHim.send("three");
    await settled();
    expect(counts).toEqual([1, 3]);
  });

  test("the client's own state is one", async () => {
    open();
    const states: string[] = [];
    alice.client.status.subscribe((state) => states.push(state));
    await wire.connect();
    alice.client.close();
    await settled();
    expect(states).toEqual(["connecting", "online", "ended"]);
  });
});

describe("what others do to an entry", () => {
  const change = (seq: number, kind: string, body: object, sender = "bob") =>
    entry(seq, { kind, body, sender });

  test("is done to it, in the order of the log", async () => {
    open();
    await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await push(
      change(3, "edit", { of: 1, text: "better" }),
      change(4, "reaction", { of: 1, key: "👍" }),
      change(5, "reaction", { of: 1, key: "👍" }, "alice"),
      change(6, "reaction", { of: 1, key: "👍", remove: true }),
      change(7, "delete", { of: 2 }),
      change(8, "edit", { of: 2, text: "too late" }),
    );
    expect(shown()).toMatchObject([
      { seq: 1, body: { text: "better" }, editSeq: 3, reactions: { "👍": ["alice"] } },
      { seq: 2, body: null, deletedAtMs: 1_700_000_000_007 },
    ]);
    expect(info()?.preview).toMatchObject({ seq: 2 });
    expect(info()?.preview).not.toHaveProperty("text");
  });

  test("is not done again to what was loaded after it, and not lost on what was loaded before it", async () => {
    open();
    await wire.connect(withBob(30, { entries: entries(11, 30) }));
    expect(withHim.view.getSnapshot().more).toBe(true);
    const loading = withHim.loadOlder();
    // Of the page that is on its way the server has read neither; of the other it knows a newer one.
    await push(change(31, "edit", { of: 9, text: "new" }), change(32, "edit", { of: 10, text: "old" }));
    const page = entries(1, 10).with(9, entry(10, { body: { text: "newer" }, editSeq: 33 }));
    await wire.last.answer("history", { epoch: 1, lastSeq: 33, first: 1, entries: page, more: false });
    await expect(loading).resolves.toBe(false);
    expect(lines().slice(8, 11)).toEqual([
      [9, "new", undefined],
      [10, "newer", undefined],
      [11, "text 11", undefined],
    ]);
    expect(withHim.view.getSnapshot().more).toBe(false);
  });
});

describe("the inbox", () => {
  test("counts what others say, down with what is read here or on another device", async () => {
    open();
    await wire.connect(withBob(3, { entries: entries(1, 3), readSeq: 1, unread: 2 }));
    expect(info()?.unread).toBe(2);
    await push(entry(4), entry(5, { sender: "alice" }));
    expect(info()).toMatchObject({ unread: 3, preview: { seq: 5 } });
    await receipt("alice", { readSeq: 2 });
    expect(info()?.unread).toBe(2);
    await push(entry(6, { kind: "delete", body: { of: 3 } }));
    expect(info()?.unread).toBe(1);
    withHim.markRead();
    expect(info()).toMatchObject({ unread: 0, readSeq: 5 });
    expect(wire.last.of("read")).toEqual([{ type: "read", conversation: WITH_BOB, seq: 5 }]);
  });

  test("tells a reading that was lost with its connection again", async () => {
    open();
    await wire.connect(withBob(3, { entries: entries(1, 3), unread: 3 }));
    withHim.markRead(2);
    await wire.last.cut();
    clock.advance(1_000);
    await wire.connect(withBob(3, { unread: 3 }));
    expect(info()).toMatchObject({ readSeq: 2, unread: 1 });
    clock.advance(1_000);
    expect(wire.last.of("read")).toMatchObject([{ seq: 2 }]);
  });

  test("shows what a restore left, even if its newest entry has the seq of the one it replaces", async () => {
    open();
    const preview = { seq: 2, sender: "bob", kind: "text", text: "text 2", sentAtMs: entry(2).sentAtMs };
    await wire.connect(withBob(2, { entries: entries(1, 2), preview }));
    await wire.last.push({ type: "pong", resync: true });
    const text = "new 2";
    const rewritten = entry(2, { id: "new-2", body: { text }, sentAtMs: preview.sentAtMs + 1 });
    const restored = { ...preview, text, sentAtMs: rewritten.sentAtMs };
    const page = { epoch: 2, reset: true, entries: [entry(1), rewritten], preview: restored };
    await wire.last.answer("sync", { conversations: [withBob(2, page)] });
    expect(alice.client.conversations).toMatchObject([{ preview: { text } }]);
    expect(alice.of("conversation").at(-1)).toMatchObject({ preview: { text } });
  });

  test("has the newest first", async () => {
    open();
    const preview = { seq: 1, sender: "carol", kind: "text", sentAtMs: 1_800_000_000_000 };
    const group = withBob(1, { conversation: GROUP, kind: "group", title: "Lunch", preview, memberCount: 3 });
    await wire.connect(withBob(1, { entries: entries(1, 1) }), group);
    expect(alice.client.inbox.getSnapshot().map(({ kind, title }) => [kind, title])).toEqual([
      ["group", "Lunch"],
      ["direct", undefined],
    ]);
  });
});

describe("receipts", () => {
  test("tell what has arrived after a second, and the highest of what is read once a second", async () => {
    open({ delivered: true });
    await wire.connect(withBob(3, { entries: entries(1, 3), unread: 3 }));
    expect(wire.last.of("delivered")).toEqual([]);
    clock.advance(1_000);
    expect(wire.last.of("delivered").map(({ seq }) => seq)).toEqual([3]);
    clock.advance(1_000);
    for (const seq of [1, 2, 3]) withHim.markRead(seq);
    clock.advance(1_000);
    expect(wire.last.of("read").map(({ seq }) => seq)).toEqual([1, 3]);
    await push(entry(4));
    withHim.markRead(4);
    clock.advance(2_000);
    // What is read needs no word that it has arrived.
    expect(wire.last.of("delivered")).toHaveLength(1);
    expect(wire.last.of("read").map(({ seq }) => seq)).toEqual([1, 3, 4]);
  });
});

describe("typing", () => {
  test("of others is shown for six seconds, or until they have sent", async () => {
    open();
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    const typing = () => withHim.view.getSnapshot().typing;
    const types = () => wire.last.push({ type: "typing", conversation: WITH_BOB, user: "bob" });
    await types();
    clock.advance(5_000);
    await types();
    clock.advance(5_999);
    expect(typing()).toEqual(["bob"]);
    clock.advance(1);
    expect(typing()).toEqual([]);
    await types();
    await push(entry(2));
    expect(typing()).toEqual([]);
  });

  test("is told every three seconds at most", async () => {
    open();
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    for (let key = 0; key < 7; key++) {
      withHim.typing();
      clock.advance(500);
    }
    expect(wire.last.of("typing")).toHaveLength(2);
  });
});

describe("presence", () => {
  const told = (over: object) => ({ user: "bob", online: true, version: 1, ...over });
  const seen = () => alice.client.presence.getSnapshot().get("bob");

  async function answer(users: object[]): Promise<void> {
    const id = wire.last.of("presence").at(-1)?.id ?? "";
    await wire.last.push({ type: "reply", id, result: { users, refused: [] } });
  }

  test("is watched on every connection, believed until it expires, and the newest counts", async () => {
    open();
    alice.client.watch(["bob"]);
    await wire.connect();
    expect(wire.last.of("presence")).toMatchObject([{ users: ["bob"], watch: true }]);
    await answer([told({ expiresAtMs: clock.nowMs() + 60_000, version: 3 })]);
    expect(seen()?.online).toBe(true);
    await wire.last.push({ type: "presence", user: "bob", online: false, version: 2 });
    expect(seen()?.online).toBe(true);
    clock.advance(60_000);
    expect(seen()?.online).toBe(false);
    await wire.last.push({ type: "presence", user: "bob", online: false, lastSeenAtMs: 7, version: 4 });
    expect(seen()).toEqual({ user: "bob", online: false, lastSeenAtMs: 7 });

    await wire.last.cut();
    clock.advance(1_000);
    await wire.connect();
    expect(wire.last.of("presence")).toMatchObject([{ users: ["bob"], watch: true }]);
    await answer([]);
    alice.client.watch([]);
    await settled();
    expect(wire.last.of("presence").at(-1)).toMatchObject({ watch: false });
    expect(seen()).toBeUndefined();
  });

  test("is asked one question at a time", async () => {
    open();
    await wire.connect();
    alice.client.watch(["bob"]);
    alice.client.watch(["bob", "carol"]);
    await settled();
    expect(wire.last.of("presence")).toHaveLength(1);
    await answer([]);
    expect(wire.last.of("presence")).toMatchObject([{ users: ["bob"] }, { users: ["bob", "carol"] }]);
  });
});

describe("a group", () => {
  const placed = (id = "", seq = 1) =>
    wire.last.push({ type: "ack", conversation: GROUP, epoch: 1, entries: [{ id, seq, sentAtMs: seq }] });

  test("is there when the server says so, sent again until then", async () => {
    open();
    await wire.connect();
    const creating = alice.client.createGroup({ title: "Lunch", members: ["bob", "carol"] });
    await wire.last.cut();
    clock.advance(1_000);
    await wire.connect();
    expect(wire.ends.map((end) => end.of("create"))).toEqual([
      wire.last.of("create"),
      wire.last.of("create"),
    ]);
    await placed(wire.last.of("create")[0]?.id);
    const group = await creating;
    expect(group.id).toBe(GROUP);
    expect(info()).toMatchObject({ kind: "group", title: "Lunch", role: "owner", memberCount: 3, unread: 0 });
    expect(group.view.getSnapshot().entries).toMatchObject([{ kind: "create", seq: 1, status: "sent" }]);
    expect(alice.client.pending()).toEqual([]);
  });

  test("that cannot be is refused, and leaves nothing behind", async () => {
    open();
    await wire.connect();
    const creating = alice.client.createGroup({ members: ["bob"] });
    const refused = expect(creating).rejects.toMatchObject({ code: "blocked" });
    const ids = [wire.last.of("create")[0]?.id ?? ""];
    await wire.last.push({ type: "reject", conversation: GROUP, ids, error: wireError("blocked") });
    await refused;
    expect(alice.client.pending()).toEqual([]);
  });

  test("changes by entries that are alone in their frames and keep their order with what is said", async () => {
    open();
    const state = { conversation: GROUP, kind: "group", role: "owner", memberCount: 2, title: "Lunch" };
    await wire.connect(withBob(1, { ...state, entries: entries(1, 1) }));
    const group = alice.client.conversation(GROUP);
    group.send("one");
    group.send("two");
    group.rename("Dinner");
    group.add(["dave", "erin"]);
    group.send("welcome");
    group.send("both");
    let seq = 1;
    for (let frames = 1; frames <= 9 && seq < 7; frames++) {
      const sent = wire.last.of("send").at(-1)?.entries ?? [];
      const acked = sent.map(({ id }) => ({ id, seq: ++seq, sentAtMs: seq }));
      await wire.last.push({ type: "ack", conversation: GROUP, epoch: 1, entries: acked });
    }
    const kinds = wire.last.of("send").map((frame) => frame.entries.map(({ kind }) => kind));
    expect(kinds).toEqual([["text"], ["text"], ["rename"], ["member.add"], ["text", "text"]]);
    expect(info()).toMatchObject({ title: "Dinner", memberCount: 4, left: false });
    await wire.last.push({
      type: "entries",
      conversation: GROUP,
      epoch: 1,
      entries: [entry(8, { kind: "member.remove", body: { users: ["alice"] } })],
    });
    expect(info()).toMatchObject({ left: true, role: undefined, memberCount: 3 });
  });
});

test("history goes backwards, entry by entry, and stops with the signal", async () => {
  open();
  await wire.connect(withBob(150, { entries: entries(126, 150) }));
  const stop = new AbortController();
  const seqs: number[] = [];
  const reading = (async () => {
    for await (const { seq } of withHim.history({ signal: stop.signal })) {
      seqs.push(seq);
      if (seqs.length === 120) stop.abort();
    }
  })();
  const stopped = expect(reading).rejects.toMatchObject({ name: "AbortError" });
  await settled();
  const result = { epoch: 1, lastSeq: 150, first: 1 };
  await wire.last.answer("history", { ...result, entries: entries(51, 150), more: true });
  expect(wire.last.of("history").at(-1)).toMatchObject({ before: 51 });
  await wire.last.answer("history", { ...result, entries: entries(1, 50), more: false });
  await stopped;
  expect(seqs).toEqual(Array.from({ length: 120 }, (_, index) => 150 - index));
});

test("a conversation nobody looks at holds some hundred entries, and loads the rest again", async () => {
  open();
  await wire.connect(withBob(1, { entries: entries(1, 1) }));
  for (let seq = 2; seq <= 1_001; seq++) await push(entry(seq));
  expect(shown()).toHaveLength(500);
  const loading = withHim.loadOlder();
  await settled();
  expect(wire.last.of("history")).toMatchObject([{ before: 502 }]);
  const page = { epoch: 1, lastSeq: 1_001, first: 1, entries: entries(452, 501), more: true };
  await wire.last.answer("history", page);
  await expect(loading).resolves.toBe(true);
  expect(shown()[0]?.seq).toBe(452);
});

test("what is asked while offline is refused for now, and what is asked after the end for good", async () => {
  open();
  await expect(alice.client.block("mallory")).rejects.toMatchObject({
    code: "connection_lost",
    temporary: true,
  });
  alice.client.close();
  await expect(alice.client.block("mallory")).rejects.toMatchObject({ code: "closed", temporary: false });
});

test("a listener is gone with its signal, and a client with its scope", async () => {
  open();
  const heard: string[] = [];
  const stop = new AbortController();
  alice.client.on("state", (state) => heard.push(state), { signal: stop.signal });
  await wire.connect();
  stop.abort();
  // As `await using` does.
  await alice.client[Symbol.asyncDispose]();
  expect(alice.client.state).toBe("ended");
  expect(heard).toEqual(["online"]);
});
