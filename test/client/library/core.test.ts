import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CoreClient,
  type CoreEvents,
  type CoreOptions,
  createClient,
} from "../../../client/src/core.ts";
import { wireError } from "../../../protocol/index.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { settled, Wire } from "../support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "../support/with-bob.ts";

const GROUP = `g${"x".repeat(43)}`;

let wire: Wire;
let clock: ManualClock;
let bot: CoreClient;

function open(options: Partial<CoreOptions> = {}): CoreClient {
  const client = createClient({
    user: "bot",
    url: wire.url,
    token: async () => "token.bot",
    transport: wire.transport,
    clock,
    random: () => 0.5,
    ...options,
  });
  client.connect();
  return client;
}

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
  bot = open();
});

afterEach(() => bot.close());

function heard<K extends keyof CoreEvents>(event: K): CoreEvents[K][] {
  const payloads: CoreEvents[K][] = [];
  bot.on(event, (payload) => payloads.push(payload));
  return payloads;
}

const push = (...pushed: ReturnType<typeof entry>[]) =>
  wire.last.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: pushed });

/** Cuts the connection and opens the next one. */
async function reconnect(...conversations: Parameters<Wire["connect"]>): Promise<void> {
  await wire.last.cut();
  clock.advance(clock.nextDueMs - clock.nowMs());
  await wire.connect(...conversations);
}

function ack(conversation: string, firstSeq: number): Promise<void> {
  const sent = wire.last.frames.findLast(({ type }) => type === "send" || type === "create");
  const ids =
    sent?.type === "create" ? [sent.id] : sent?.type === "send" ? sent.entries.map(({ id }) => id) : [];
  const placed = ids.map((id, index) => ({ id, seq: firstSeq + index, sentAtMs: 1 }));
  return wire.last.push({ type: "ack", conversation, epoch: 1, entries: placed });
}

describe("without views", () => {
  test("entries are emitted in order and once, whatever is lost, doubled or cut", async () => {
    const events = heard("entries");
    await wire.connect(withBob(2, { entries: entries(1, 2) }));
    await push(entry(2));
    await push(entry(4));
    await reconnect(withBob(5, { entries: entries(3, 5) }));
    await push(entry(4), entry(5), entry(6));
    // The seventh entry is lost.
    await push(entry(8));
    clock.advance(300);
    await settled();
    await wire.last.answer("history", {
      epoch: 1,
      lastSeq: 8,
      first: 1,
      entries: entries(7, 8),
      more: false,
    });
    expect(events.flatMap((event) => event.entries.map(({ seq }) => seq))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("unsent entries outlive the client, and are sent in the same frame as before", async () => {
    const kept = new MemoryStorage();
    bot.close();
    const life = kept.life();
    bot = open({ storage: life });
    const first = await wire.connect(withBob(3));
    bot.send(WITH_BOB, "one");
    await settled();
    expect(first.of("send")).toHaveLength(1);
    life.crash();
    bot.close();

    bot = open({ storage: kept.life() });
    const acknowledged = heard("acknowledged");
    const second = await wire.connect(withBob(3));
    expect(second.of("send")).toEqual(first.of("send"));
    await ack(WITH_BOB, 4);
    expect(acknowledged).toMatchObject([{ conversation: WITH_BOB, seq: 4 }]);
    expect(bot.pending()).toEqual([]);
  });

  test("an entry of any kind is sent, and its handle resolves to its place in the log", async () => {
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    const edit = bot.send({ user: "bob" }, { kind: "edit", body: { of: 1, text: "better" } });
    expect(wire.last.of("send")).toMatchObject([
      { conversation: WITH_BOB, entries: [{ id: edit.id, kind: "edit", body: { of: 1, text: "better" } }] },
    ]);
    await ack(WITH_BOB, 2);
    await expect(edit.done).resolves.toMatchObject({ id: edit.id, conversation: WITH_BOB, seq: 2 });
    await expect(edit.seq).resolves.toBe(2);
    expect(() => bot.send({ user: "bob" }, "")).toThrow("not empty");
  });

  test("an entry that is refused is reported by an event and by its handle", async () => {
    const rejected = heard("rejected");
    await wire.connect();
    const { id, done } = bot.send({ user: "bob" }, "hello");
    const error = wireError("blocked");
    await wire.last.push({ type: "reject", conversation: WITH_BOB, ids: [id], error });
    await expect(done).rejects.toMatchObject({ code: "blocked" });
    expect(rejected).toMatchObject([{ id, error: { code: "blocked" } }]);
  });

  test("creating a group resolves to its id", async () => {
    const known = heard("conversation");
    await wire.connect();
    const group = bot.createGroup({ title: "Team", members: ["bob"] });
    expect(wire.last.of("create")).toMatchObject([{ title: "Team", members: ["bob"] }]);
    await ack(GROUP, 1);
    await expect(group).resolves.toBe(GROUP);
    expect(known).toEqual([{ conversation: GROUP, kind: "group", peer: undefined, title: undefined }]);
  });

  test("existing and new conversations are reported with kind, peer and title", async () => {
    const known = heard("conversation");
    await wire.connect(withBob(0));
    const joined = { kind: "group", title: "Team", first: 1, epoch: 1, lastSeq: 0 };
    await wire.last.push({ type: "joined", conversation: GROUP, ...joined });
    expect(known).toEqual([
      { conversation: WITH_BOB, kind: "direct", peer: "bob", title: undefined },
      { conversation: GROUP, kind: "group", peer: undefined, title: "Team" },
    ]);
  });

  test("a log that was restored is reported as a reset", async () => {
    const resets = heard("reset");
    await wire.connect(withBob(3, { entries: entries(1, 3) }));
    await reconnect(withBob(1, { epoch: 2, reset: true, entries: entries(1, 1) }));
    expect(resets).toEqual([{ conversation: WITH_BOB, epoch: 2, seq: 0 }]);
  });

  test("receipts and typing are emitted; presence, which is not watched, is not", async () => {
    const [receipts, typing] = [heard("receipt"), heard("typing")];
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    await wire.last.push(
      { type: "receipt", conversation: WITH_BOB, user: "bob", readSeq: 1 },
      { type: "typing", conversation: WITH_BOB, user: "bob" },
      { type: "presence", user: "bob", online: true, version: 1 },
    );
    expect(receipts).toEqual([{ conversation: WITH_BOB, user: "bob", readSeq: 1 }]);
    expect(typing).toEqual([{ conversation: WITH_BOB, user: "bob" }]);
  });

  test("older entries are loaded, and not requested if there are none", async () => {
    await wire.connect(withBob(4, { first: 3, entries: entries(4, 4) }));
    const older = bot.loadOlder(WITH_BOB);
    await wire.last.answer("history", {
      epoch: 1,
      lastSeq: 4,
      first: 3,
      entries: entries(3, 3),
      more: false,
    });
    await expect(older).resolves.toMatchObject({ entries: [{ seq: 3 }], more: false });
    await expect(bot.loadOlder(WITH_BOB)).resolves.toEqual({ entries: [], more: false });
    expect(wire.last.of("history")).toHaveLength(1);
  });

  test("blocking resolves when it is in force, and rejects as temporary while offline", async () => {
    await expect(bot.block("bob")).rejects.toMatchObject({ temporary: true });
    await wire.connect();
    const blocked = bot.block("bob");
    const [{ id } = { id: "" }] = wire.last.of("block");
    await wire.last.push({ type: "reply", id, result: {} });
    await expect(blocked).resolves.toBeUndefined();
  });

  test("signing out deletes stored entries and ends the client", async () => {
    const kept = new MemoryStorage();
    bot.close();
    bot = open({ storage: kept.life() });
    await wire.connect(withBob(3));
    const { done } = bot.send(WITH_BOB, "one");
    await settled();
    expect(kept.pairs.size).toBe(1);
    await bot.signOut();
    expect(kept.pairs.size).toBe(0);
    expect(bot.state).toBe("ended");
    await expect(done).rejects.toMatchObject({ code: "closed" });
    expect(() => bot.send(WITH_BOB, "two")).toThrow("closed");
  });
});
