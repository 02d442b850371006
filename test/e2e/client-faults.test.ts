import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { ClientOptions, TimelineEntry } from "../../client/src/index.ts";
import type { ClientFrame, SendFrame } from "../../protocol/index.ts";
import { type Device, openDevice } from "../client/support/device.ts";
import { MemoryStorage } from "../client/support/memory-storage.ts";
import { eventually as waitFor } from "../support/eventually.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { AdvancingClock } from "./support/advancing-clock.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { FaultyNetwork } from "./support/faulty-network.ts";
import { newUser } from "./support/target.ts";

const HOUR_MS = 60 * 60_000;

let embedded: Embedded;

/** Opens a device of a user, on a faulty network of its own. */
function open(user: string, options: Partial<ClientOptions> = {}): Device & { network: FaultyNetwork } {
  const network = new FaultyNetwork();
  const { target } = embedded;
  const device = openDevice({ url: target.urls[0] ?? "" }, user, {
    token: () => target.mintToken(user),
    transport: network.transport,
    ...options,
  });
  onTestFinished(() => device.client.close());
  return { ...device, network };
}

const eventually: typeof waitFor = (what, check) => waitFor(what, check, { timeoutMs: 20_000 });
const online = (...devices: Device[]) =>
  eventually("all to be online", () => devices.every(({ client }) => client.state === "online"));
const idOf = ({ client }: Device, peer: string) =>
  eventually("the conversation's id", () => client.conversation({ user: peer }).id);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const textOf = ({ body }: { body: unknown }) => (body as { text: string }).text;

/** Returns the frames with entries, as the client sent them. */
const sends = ({ sent }: FaultyNetwork) => sent.filter((text) => frameOf(text).type === "send");
const frameOf = (text: string) => JSON.parse(text) as ClientFrame;
const textsIn = (frame: string) => (frameOf(frame) as SendFrame).entries.map(textOf);

describe("on one cloud, with frames of a connection overtaking each other", () => {
  beforeAll(async () => {
    embedded = await startEmbedded({ frameJitterMs: 5 });
  });
  afterAll(() => embedded.cloud.stop());

  test("every message reaches every device once and in order, though frames are lost, duplicated and reordered and connections break", async () => {
    const random = new SeededRandom(11);
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const timings = {
      ackWithinMs: 150,
      resendCapMs: 300,
      replyWithinMs: 300,
      pingEveryMs: 100,
      pongWithinMs: 300,
    };
    const devices = [open(alice, { timings }), open(alice, { timings }), open(bob, { timings })] as const;
    await online(...devices);
    for (const { network } of devices) {
      network.toServer = (_, arrive) => random.fault(0.1) || arrive();
      network.fromServer = (_, arrive) => {
        if (random.fault(0.03)) network.cut();
        if (random.fault(0.15)) arrive();
        if (!random.fault(0.15)) setTimeout(arrive, random.below(30));
      };
    }
    const rounds = 6;
    for (const round of upTo(rounds)) {
      // A loss at the very end is noticed only when something follows it.
      random.faultFree = round === rounds;
      const [phone, laptop, atBob] = devices;
      const sendings = [
        phone.client.send({ user: bob }, `phone ${round}`),
        laptop.client.send({ user: bob }, `laptop ${round}`),
        atBob.client.send({ user: alice }, `bob ${round}`),
      ];
      await Promise.all(sendings.map(({ seq }) => seq));
    }
    const conversation = await idOf(devices[0], bob);
    for (const device of devices) {
      await eventually("the whole log", () => device.seqs(conversation).at(-1) === 3 * rounds);
      expect(device.seqs(conversation)).toEqual(upTo(3 * rounds));
      for (const writer of ["phone", "laptop", "bob"]) {
        const own = device.texts(conversation).filter((text) => text.startsWith(writer));
        expect(own).toEqual(upTo(rounds).map((round) => `${writer} ${round}`));
      }
      expect([...device.of("reset"), ...device.of("rejected"), ...device.of("error")]).toEqual([]);
    }
  });

  test("a message whose push is lost is fetched over the open connection when the next one comes", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [open(alice), open(bob)];
    await online(atAlice, atBob);
    await atAlice.client.send({ user: bob }, "one").seq;
    const conversation = await idOf(atBob, alice);
    await eventually("the first", () => atBob.seqs(conversation).length === 1);
    const lost = Promise.withResolvers<void>();
    atBob.network.fromServer = (frame, arrive) => {
      if (frame.type === "entries" && frame.entries.some(({ seq }) => seq === 2)) lost.resolve();
      else arrive();
    };
    await atAlice.client.send({ user: bob }, "two").seq;
    await lost.promise;
    await atAlice.client.send({ user: bob }, "three").seq;
    await eventually("the third", () => atBob.seqs(conversation).includes(3));
    expect(atBob.texts(conversation)).toEqual(["one", "two", "three"]);
    expect(atBob.network.connections).toHaveLength(1);
    expect(atBob.network.sent.map((text) => frameOf(text).type)).toEqual(["sync", "history"]);
  });

  test("an overtaken message is awaited, not fetched", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [open(alice), open(bob, { timings: { gapWaitMs: 60_000 } })];
    await online(atAlice, atBob);
    await atAlice.client.send({ user: bob }, "one").seq;
    const conversation = await idOf(atBob, alice);
    await eventually("the first", () => atBob.seqs(conversation).length === 1);
    const overtaken = Promise.withResolvers<() => void>();
    const early = Promise.withResolvers<void>();
    atBob.network.fromServer = (frame, arrive) => {
      if (frame.type !== "entries") return arrive();
      if (frame.entries[0]?.seq === 2) return overtaken.resolve(arrive);
      arrive();
      early.resolve();
    };
    await atAlice.client.send({ user: bob }, "two").seq;
    const arrive = await overtaken.promise;
    await atAlice.client.send({ user: bob }, "three").seq;
    await early.promise;
    expect(atBob.texts(conversation)).toEqual(["one"]);
    arrive();
    expect(atBob.texts(conversation)).toEqual(["one", "two", "three"]);
    expect(atBob.network.sent.map((text) => frameOf(text).type)).toEqual(["sync"]);
  });

  test("messages typed while one is in flight wait and go out in one frame", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = open(alice);
    await online(atAlice);
    await atAlice.client.send({ user: bob }, "before").seq;
    embedded.cloud.functions.pause("commit");
    const sendings = ["one", "two", "three", "four"].map((text) => atAlice.client.send({ user: bob }, text));
    const seqs = Promise.all(sendings.map(({ seq }) => seq));
    expect(sends(atAlice.network).map(textsIn)).toEqual([["before"], ["one"]]);
    embedded.cloud.functions.resume("commit");
    expect(await seqs).toEqual([2, 3, 4, 5]);
    expect(sends(atAlice.network).map(textsIn)).toEqual([["before"], ["one"], ["two", "three", "four"]]);
  });

  test("messages in flight when the page is reloaded are sent again unchanged, and are in the log once", async () => {
    const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
    const kept = new MemoryStorage();
    const life = kept.life();
    const before = open(alice, { storage: life });
    const [atBob, atCarol] = [open(bob), open(carol)];
    await online(before, atBob, atCarol);
    for (const user of [bob, carol]) await before.client.send({ user }, "before").seq;
    const [withBob, withCarol] = [await idOf(atBob, alice), await idOf(atCarol, alice)];
    before.network.fromServer = () => {};
    before.client.send({ user: bob }, "nobody said that it is there");
    await eventually("it at Bob's", () => atBob.seqs(withBob).includes(2));
    before.network.toServer = () => {};
    before.client.send({ user: carol }, "lost on the way");
    before.client.send({ user: carol }, "not sent yet");
    await eventually("the frame that is lost", () => sends(before.network).length === 4);
    life.crash();
    before.client.close();

    const after = open(alice, { storage: kept.life() });
    await eventually(
      "the outbox to be empty",
      () => after.client.state === "online" && kept.pairs.size === 0,
    );
    await eventually("all at Carol's", () => atCarol.seqs(withCarol).includes(3));
    expect(atBob.texts(withBob)).toEqual(["before", "nobody said that it is there"]);
    expect(atCarol.texts(withCarol)).toEqual(["before", "lost on the way", "not sent yet"]);
    expect(sends(after.network)).toContain(sends(before.network).at(-1));
  });

  test("a lost ack causes a resend of the same frame, ids and position included, and no second entry", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = open(alice, { timings: { ackWithinMs: 200 } });
    await online(atAlice);
    await atAlice.client.send({ user: bob }, "one").seq;
    let lost = 0;
    atAlice.network.fromServer = (frame, arrive) => {
      if (frame.type === "ack" && lost++ === 0) return;
      arrive();
    };
    expect(await atAlice.client.send({ user: bob }, "two").seq).toBe(2);
    expect(await atAlice.client.send({ user: bob }, "three").seq).toBe(3);
    const [, first, again] = sends(atAlice.network);
    expect(frameOf(first ?? "")).toMatchObject({ seen: [1, 1] });
    expect(again).toBe(first);
    const log: string[] = [];
    for await (const entry of atAlice.client.conversation({ user: bob }).history()) log.push(textOf(entry));
    expect(log).toEqual(["three", "two", "one"]);
  });

  test("a message is shown at once and stays in its place while it is sent, delivered and read", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [open(alice), open(bob, { delivered: true })];
    await online(atAlice, atBob);
    const { view } = atAlice.client.conversation({ user: bob });
    const seen: TimelineEntry[][] = [];
    view.subscribe(({ entries }) => seen.push([...entries]));
    await atBob.client.send({ user: alice }, "zero").seq;
    await eventually("it at Alice's", () => view.getSnapshot().entries.length === 1);
    await atAlice.client.send({ user: bob }, "one").seq;
    embedded.cloud.functions.pause("commit");
    atAlice.client.send({ user: bob }, "two");
    expect(view.getSnapshot().entries.at(-1)).toMatchObject({ status: "queued", seq: undefined });
    embedded.cloud.functions.resume("commit");
    const statusOfLast = (status: string) =>
      eventually(status, () => view.getSnapshot().entries.at(-1)?.status === status);
    await statusOfLast("delivered");
    atBob.client.conversation({ user: alice }).markRead();
    await statusOfLast("read");
    const two = seen.flatMap((entries) => entries.filter((entry) => textOf(entry) === "two"));
    expect(new Set(two.map(({ id }) => id)).size).toBe(1);
    expect([...new Set(two.map(({ status }) => status))]).toEqual(["queued", "sent", "delivered", "read"]);
    // Never missing, never twice, never in another place.
    const lengths = seen.map((entries) => entries.length);
    expect(lengths).toEqual([...lengths].sort());
    for (const entries of seen)
      expect(entries.map(textOf)).toEqual(["zero", "one", "two"].slice(0, entries.length));
  });

  test("a silently dead connection is noticed, and no message is missing or duplicated", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [
      open(alice),
      open(bob, { timings: { pingEveryMs: 50, pongWithinMs: 300, ackWithinMs: 60_000 } }),
    ];
    await online(atAlice, atBob);
    await atAlice.client.send({ user: bob }, "one").seq;
    const conversation = await idOf(atBob, alice);
    await eventually("the first", () => atBob.seqs(conversation).length === 1);
    atBob.network.last.frozen = true;
    const answer = atBob.client.send({ user: alice }, "are you there?").seq;
    await atAlice.client.send({ user: bob }, "into the void").seq;
    await answer;
    await eventually("all of it", () => atBob.seqs(conversation).length === 3);
    expect(atBob.texts(conversation)).toEqual(["one", "into the void", "are you there?"]);
    expect(atBob.network.connections).toHaveLength(2);
    expect(atBob.of("state")).toEqual(["connecting", "online", "offline", "connecting", "online"]);
  });

  test("without a server the client retries ever more slowly, reports it once, and is back when the server is", async () => {
    const [gateway] = embedded.cloud.gateways;
    const alice = newUser("alice");
    const timings = { reconnect: { baseMs: 40, capMs: 400 } };
    const device = open(alice, { random: () => 0.999, timings });
    await online(device);
    const stopped = gateway?.stop();
    onTestFinished(() => gateway?.start());
    await stopped;
    await eventually("seven attempts", () => device.network.connections.length >= 8);
    const dialled = device.network.connections.slice(1).map(({ openedAtMs }) => openedAtMs);
    const pausesMs = dialled.slice(1).map((atMs, index) => atMs - (dialled[index] ?? 0));
    [80, 160, 320, 400, 400].forEach((boundMs, index) => {
      expect(pausesMs[index]).toBeGreaterThan(boundMs * 0.95);
    });
    expect(device.of("error")).toMatchObject([{ code: "unreachable", temporary: true }]);
    await gateway?.start();
    await online(device);
  });

  test.each([
    ["a token that is about to run out", 10 * 60_000],
    ["the two hours that a connection may last", 3 * HOUR_MS],
  ])("%s: another connection takes over before, and nobody notices", async (_, lifetimeMs) => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const clock = new AdvancingClock(embedded.cloud.clock);
    const token = async () => ({
      token: await embedded.target.mintToken(bob, { expiresInSeconds: lifetimeMs / 1_000 }),
      expiresAtMs: clock.nowMs() + lifetimeMs,
    });
    const atBob = open(bob, { clock, token });
    const atAlice = open(alice);
    await online(atAlice, atBob);
    await atAlice.client.send({ user: bob }, "before").seq;
    const conversation = await idOf(atBob, alice);

    const [old] = atBob.network.connections;
    const synced = Promise.withResolvers<() => void>();
    atBob.network.fromServer = (frame, arrive) => {
      if (frame.type !== "reply") return arrive();
      atBob.network.fromServer = (_, next) => next();
      synced.resolve(arrive);
    };
    clock.advance(Math.min(lifetimeMs, 2 * HOUR_MS) - 60_000);
    const arrive = await synced.promise;
    expect(old?.ended).toBe(false);
    await open(alice).client.send({ user: bob }, "in the middle").seq;
    await eventually("it on the old connection", () => atBob.seqs(conversation).includes(2));
    arrive();
    expect(await eventually("the old connection to be closed", () => old?.ended)).toBe(true);
    clock.advance(60_000);
    await open(alice).client.send({ user: bob }, "after").seq;
    await eventually("the last", () => atBob.seqs(conversation).includes(3));
    expect(atBob.texts(conversation)).toEqual(["before", "in the middle", "after"]);
    expect(atBob.of("state")).toEqual(["connecting", "online"]);
    expect(atBob.network.connections).toHaveLength(2);
  });

  test("a user signed out by the operator gets a final error, and the client does not reconnect", async () => {
    const alice = newUser("alice");
    const device = open(alice, { timings: { reconnect: { baseMs: 1, capMs: 1 } } });
    await online(device);
    await embedded.cloud.functions.invoke("sign-out", { user: alice });
    await eventually("the end", () => device.client.state === "ended");
    expect(device.of("error")).toMatchObject([{ code: "unauthenticated" }]);
    await expect(device.client.block("bob")).rejects.toMatchObject({ code: "closed" });
    expect(() => device.client.connect()).toThrow("closed");
    expect(device.network.connections).toHaveLength(1);
  });

  test("two tabs of one user each send their own messages, show those of both, and one sends what the other left", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const kept = new MemoryStorage();
    const life = kept.life();
    const [left, right] = [open(alice, { storage: life }), open(alice, { storage: kept.life() })];
    const atBob = open(bob);
    await online(left, right, atBob);
    await left.client.send({ user: bob }, "hello").seq;
    const conversation = await idOf(atBob, alice);
    await Promise.all(
      upTo(5).flatMap((n) => [
        left.client.send(conversation, `left ${n}`).seq,
        right.client.send(conversation, `right ${n}`).seq,
      ]),
    );
    for (const device of [left, right]) {
      await eventually("all of both", () => device.seqs(conversation).length === 11);
      expect(device.seqs(conversation)).toEqual(upTo(11));
    }
    expect(sends(right.network).flatMap(textsIn)).toEqual(upTo(5).map((n) => `right ${n}`));

    left.network.toServer = () => {};
    left.client.send(conversation, "left behind");
    await eventually("it to be kept", () => sends(left.network).flatMap(textsIn).includes("left behind"));
    const late = open(alice, { storage: kept.life() });
    await online(late);
    expect(late.client.pending()).toEqual([]);
    life.crash();
    left.client.close();
    await eventually("it at Bob's", () => atBob.texts(conversation).includes("left behind"));
    expect(sends(late.network)).toEqual(sends(left.network).slice(-1));
    expect(atBob.seqs(conversation)).toEqual(upTo(12));
  });

  test("signing out deletes unsent messages, and the next client sends none of them", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const kept = new MemoryStorage();
    const before = open(alice, { storage: kept.life() });
    await online(before);
    await before.client.send({ user: bob }, "one").seq;
    before.network.toServer = () => {};
    before.client.send({ user: bob }, "two");
    await eventually("it to be kept", () => kept.pairs.size > 0);
    await before.client.signOut();
    expect(kept.pairs.size).toBe(0);

    const after = open(alice, { storage: kept.life() });
    await online(after);
    expect(await after.client.send({ user: bob }, "three").seq).toBe(2);
    expect(sends(after.network).flatMap(textsIn)).toEqual(["three"]);
  });

  test("a device that was away longer than the retention is reset, and shows what is left", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [open(alice), open(bob)];
    await online(atAlice, atBob);
    const group = await atAlice.client.createGroup({ members: [bob] });
    const conversation = group.id ?? "";
    await group.setRetention(HOUR_MS / 1_000).seq;
    await eventually("both entries", () => atBob.seqs(conversation).length === 2);
    atBob.network.down = true;
    atBob.network.cut();
    for (const text of ["three", "four"]) await group.send(text).seq;
    embedded.cloud.clock.advance(2 * HOUR_MS);
    const atAliceLater = open(alice);
    await online(atAliceLater);
    const { seq } = atAliceLater.client.send(conversation, "five");
    expect(await seq).toBe(5);
    atBob.network.down = false;
    await eventually("the fifth", () => atBob.seqs(conversation).includes(5));
    expect(atBob.seqs(conversation)).toEqual([1, 2, 5]);
    expect(atBob.of("reset")).toEqual([{ conversation, epoch: 1, seq: 4 }]);
    const shown = atBob.client.conversation(conversation).view.getSnapshot();
    expect(shown).toMatchObject({ entries: [{ seq: 5 }], more: false });
  });
});

test("when the server is restored from a backup, a device that saw lost entries is reset, and shows what is left", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parley-client-restore-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [table, backup] = [join(folder, "dynamodb"), join(folder, "backup")];
  embedded = await startEmbedded({ dataDir: folder });
  onTestFinished(() => embedded.cloud.stop());
  const url = async () => embedded.target.urls[0] ?? "";
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const token = (user: string) => () => embedded.target.mintToken(user);
  const [atAlice, atBob] = [open(alice, { url, token: token(alice) }), open(bob, { url, token: token(bob) })];
  await online(atAlice, atBob);
  await atAlice.client.send({ user: bob }, "kept").seq;
  const conversation = await idOf(atBob, alice);
  await embedded.cloud.stop();
  await cp(table, backup, { recursive: true });
  embedded = await startEmbedded({ dataDir: folder });
  await atAlice.client.send({ user: bob }, "lost").seq;
  await eventually("what will be lost", () => atBob.texts(conversation).includes("lost"));
  await embedded.cloud.stop();

  await rm(table, { recursive: true });
  await rename(backup, table);
  embedded = await startEmbedded({ dataDir: folder, epochFloor: 2 });
  await online(atAlice, atBob);
  await atAlice.client.send({ user: bob }, "new").seq;
  for (const device of [atAlice, atBob]) {
    await eventually("the new one", () => device.texts(conversation).includes("new"));
    expect(device.of("reset")).toMatchObject([{ conversation, epoch: 2 }]);
    const { entries } = device.client.conversation(conversation).view.getSnapshot();
    expect(entries.map((entry) => [entry.seq, textOf(entry)])).toEqual([
      [1, "kept"],
      [2, "new"],
    ]);
  }
});
