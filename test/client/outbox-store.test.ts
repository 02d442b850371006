import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions, ClientStorage } from "../../client/src/index.ts";
import { wireError } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { type Device, openDevice } from "./support/device.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemoryStorage } from "./support/memory-storage.ts";
import { type FarEnd, settled, Wire } from "./support/wire.ts";
import { WITH_BOB, withBob } from "./support/with-bob.ts";

let wire: Wire;
let clock: ManualClock;
let shared: MemoryStorage;
let devices: Device[];

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
  shared = new MemoryStorage();
  devices = [];
});

afterEach(() => {
  for (const { client } of devices) client.close();
});

/** A tab: with a life in the shared storage that ends by `crash`, as does all that the tab would have done. */
function open(user = "alice", options: Partial<ClientOptions> & { storage?: ClientStorage } = {}) {
  const life = shared.life();
  let crashed = false;
  const transport: ClientOptions["transport"] = (url, protocols, listener) =>
    wire.transport(url, protocols, {
      opened: () => crashed || listener.opened(),
      received: (text) => crashed || listener.received(text),
      closed: (cause) => crashed || listener.closed(cause),
    });
  const device = openDevice(wire, user, { transport, clock, random: () => 0.5, storage: life, ...options });
  devices.push(device);
  const crash = () => {
    crashed = true;
    life.crash();
  };
  return { ...device, crash };
}

const texts = (end: FarEnd) =>
  end.of("send").flatMap(({ entries }) => entries.map(({ body }) => (body as { text: string }).text));
const ack = (end: FarEnd, firstSeq: number) =>
  end.push({
    type: "ack",
    conversation: WITH_BOB,
    epoch: 1,
    entries: (end.of("send").at(-1)?.entries ?? []).map(({ id }, index) => ({
      id,
      seq: firstSeq + index,
      sentAtMs: 1,
    })),
  });

describe("what waits to be sent", () => {
  test("is sent by the next client as the very frame it was sent as before", async () => {
    const before = open();
    const first = await wire.connect(withBob(3));
    before.client.send(WITH_BOB, "one");
    await settled();
    before.client.send(WITH_BOB, "two");
    await settled();
    expect(texts(first)).toEqual(["one"]);
    before.crash();

    const after = open();
    const second = await wire.connect(withBob(4));
    expect(second.of("send")).toEqual(first.of("send"));
    expect(after.client.pending(WITH_BOB)).toHaveLength(2);
    await ack(second, 5);
    expect(texts(second)).toEqual(["one", "two"]);
    await ack(second, 6);
    await settled();
    expect(shared.pairs.size).toBe(0);
  });

  test("is kept before it is sent", async () => {
    const written = Promise.withResolvers<void>();
    const life = shared.life(() => written.promise);
    const device = open("alice", { storage: life });
    await wire.connect();
    device.client.send({ user: "bob" }, "one");
    await settled();
    expect(wire.last.of("send")).toHaveLength(0);
    written.resolve();
    await settled();
    expect(texts(wire.last)).toEqual(["one"]);
  });

  test("comes before what is written after the reload, with the user's old lane and the new one made one", async () => {
    const before = open();
    before.client.send({ user: "bob" }, "one");
    await settled();
    before.crash();
    const after = open();
    after.client.send({ user: "bob" }, "two");
    const end = await wire.connect(withBob(3));
    expect(texts(end)).toEqual(["one"]);
    await ack(end, 4);
    expect(texts(end)).toEqual(["one", "two"]);
  });

  test("is adopted before anything is sent, however long that takes", async () => {
    const before = open();
    before.client.send({ user: "bob" }, "one");
    await settled();
    before.crash();
    const life = shared.life();
    const readable = Promise.withResolvers<void>();
    const read: ClientStorage["read"] = async (prefix) => {
      if (prefix !== "parley:alice:") await readable.promise;
      return life.read(prefix);
    };
    const slow = { ...life, read };
    const after = open("alice", { storage: slow });
    after.client.send({ user: "bob" }, "two");
    const end = await wire.connect(withBob(3));
    expect(texts(end)).toEqual([]);
    expect(after.client.state).toBe("connecting");
    readable.resolve();
    await settled();
    expect(texts(end)).toEqual(["one"]);
  });

  test("is no other user's, and stays until its own comes back", async () => {
    const before = open("alice");
    before.client.send({ user: "bob" }, "from alice");
    await settled();
    before.crash();
    const bob = open("bob");
    const end = await wire.connect();
    expect(end.frames.map(({ type }) => type)).toEqual(["sync"]);
    bob.client.close();
    open("alice");
    expect(texts(await wire.connect())).toEqual(["from alice"]);
  });

  test("is left to the next client by one that closes", async () => {
    const before = open();
    before.client.send({ user: "bob" }, "one");
    before.client.close();
    await settled();
    open();
    expect(texts(await wire.connect())).toEqual(["one"]);
  });

  test("is understood by every release of the library, whichever has kept it", async () => {
    const entry = (id: string) => ({ id, kind: "text", body: { text: id } });
    const frame = { type: "send", conversation: WITH_BOB, seen: [1, 3], entries: [entry("a"), entry("b")] };
    const kept = {
      target: { conversation: WITH_BOB },
      frames: [{ text: JSON.stringify(frame), ids: ["a", "b"], seen: [1, 3], open: [entry("b")] }],
      queue: [entry("c")],
      since: [1, 4],
    };
    shared.pairs.set("parley:alice:another:0", JSON.stringify(kept));
    open();
    const end = await wire.connect(withBob(5));
    expect(end.of("send")).toEqual([frame]);
    expect([...shared.pairs.keys()]).not.toContain("parley:alice:another:0");
    const [ours = ""] = shared.pairs.values();
    expect(JSON.parse(ours)).toEqual({
      ...kept,
      frames: [...kept.frames, { text: expect.any(String), ids: ["c"], seen: [1, 4], open: [entry("c")] }],
      queue: [],
      since: 0,
    });
  });

  test("is gone after signing out", async () => {
    const before = open();
    before.client.send({ user: "bob" }, "one");
    await before.client.signOut();
    expect(before.client.state).toBe("ended");
    expect(shared.pairs.size).toBe(0);
  });
});

describe("a storage that is not at its best", () => {
  test("holds up nobody who goes on writing: what is kept is sent, while the rest is being kept", async () => {
    const keeping: (() => void)[] = [];
    const life = shared.life(() => new Promise<void>((kept) => keeping.push(kept)));
    const { client } = open("alice", { storage: life });
    await wire.connect(withBob(3));
    const keepOne = async () => {
      await eventually("something to be kept", () => keeping.length > 0);
      keeping.shift()?.();
      await settled();
    };
    client.send(WITH_BOB, "one");
    await eventually("the first to be written", () => keeping.length > 0);
    client.send(WITH_BOB, "two");
    for (let round = 0; round < 3 && wire.last.of("send").length === 0; round++) {
      client.send(WITH_BOB, `more ${round}`);
      await keepOne();
    }
    expect(wire.last.of("send")).toHaveLength(1);
  });

  test("keeps what another has left until it is kept here, though there is no room for it twice", async () => {
    const before = open();
    before.client.send(WITH_BOB, "precious");
    await settled();
    before.crash();
    const full = shared.life();
    const after = open("alice", {
      storage: {
        ...full,
        write: async (key, value) => {
          if (value !== null) throw new Error("no room");
          await full.write(key, value);
        },
      },
    });
    await eventually("what was left to be adopted", () => after.client.pending().length === 1);
    await eventually("the failure to be told", () => after.of("error").length > 0);
    expect([...shared.pairs.values()].join()).toContain("precious");
  });

  test("has a record nobody can read, and the others are adopted all the same", async () => {
    const before = open();
    before.client.send({ user: "bob" }, "one");
    await settled();
    before.crash();
    const pairs = [...shared.pairs];
    shared.pairs.clear();
    for (const [key, value] of [["parley:alice:0:0", "{"] as const, ...pairs]) shared.pairs.set(key, value);
    const after = open();
    await eventually("the other to be adopted", () => after.client.pending().length === 1);
  });

  test("has ids with colons in it, and nobody takes the own for another's", async () => {
    let count = 0;
    const { client } = open("alice", { newId: () => `dev:${++count}` });
    await wire.connect();
    client.send({ user: "bob" }, "one");
    await settled();
    await wire.last.cut();
    clock.advance(1_000);
    await settled();
    await wire.connect();
    expect(client.pending()).toHaveLength(1);
    expect([...shared.pairs.values()].join()).toContain("one");
  });
});

describe("two tabs", () => {
  test("what one signs out of the other does not take over", async () => {
    const leaving = open();
    leaving.client.send(WITH_BOB, "secret");
    await settled();
    const staying = open();
    await settled();
    await leaving.client.signOut();
    await settled();
    expect(staying.client.pending()).toEqual([]);
    expect(shared.pairs.size).toBe(0);
  });

  test("send each what was written in it, and the one that stays what the other left", async () => {
    const left = open();
    const atLeft = await wire.connect(withBob(3));
    const right = open();
    const atRight = await wire.connect(withBob(3));
    left.client.send(WITH_BOB, "left");
    right.client.send(WITH_BOB, "right");
    await settled();
    expect([texts(atLeft), texts(atRight)]).toEqual([["left"], ["right"]]);
    await ack(atRight, 4);
    left.crash();
    // Whoever came first looks around when it comes back online.
    await atRight.cut();
    clock.advance(50);
    const back = await wire.connect(withBob(4));
    expect(texts(back)).toEqual(["left"]);
    expect(back.of("send")).toEqual(atLeft.of("send"));
  });

  test("the one that came last waits for the other's end", async () => {
    const left = open();
    const atLeft = await wire.connect(withBob(3));
    left.client.send(WITH_BOB, "left");
    await settled();
    open();
    const atRight = await wire.connect(withBob(3));
    expect(texts(atRight)).toEqual([]);
    left.crash();
    await settled();
    expect(atRight.of("send")).toEqual(atLeft.of("send"));
  });
});

test("a storage that fails is told, and the client goes on without", async () => {
  const broken = () => Promise.reject(new Error("quota exceeded"));
  const device = open("alice", { storage: { read: broken, write: broken, claim: broken } });
  const end = await wire.connect(withBob(0));
  device.client.send(WITH_BOB, "one");
  await settled();
  expect(texts(end)).toEqual(["one"]);
  expect(device.of("error")[0]).toMatchObject({ code: "storage", cause: new Error("quota exceeded") });
  await end.push({
    type: "reject",
    conversation: WITH_BOB,
    ids: [end.of("send")[0]?.entries[0]?.id ?? ""],
    error: wireError("blocked"),
  });
  expect(device.of("rejected")).toMatchObject([{ error: { code: "blocked" } }]);
});

test("a client that is closed before it has claimed its place lets go of it all the same", async () => {
  const storage = shared.life();
  const claimed = Promise.withResolvers<void>();
  let held = 0;
  const claim: ClientStorage["claim"] = async (name) => {
    const release = await storage.claim(name);
    await claimed.promise;
    held += 1;
    return () => {
      held -= 1;
      release?.();
    };
  };
  const { client } = open("alice", { storage: { ...storage, claim } });
  await settled();
  client.close();
  await settled();
  claimed.resolve();
  await settled();
  expect(held).toBe(0);
});
