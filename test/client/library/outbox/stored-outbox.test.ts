import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientStorage } from "../../../../client/src/index.ts";
import { ackLast, sentTexts, Tabs } from "../../support/tabs.ts";
import { settled } from "../../support/wire.ts";
import { WITH_BOB, withBob } from "../../support/with-bob.ts";

let tabs: Tabs;

beforeEach(() => {
  tabs = new Tabs();
});

afterEach(() => tabs.close());

describe("an unsent entry in a storage", () => {
  test("is sent by the next client in the same frame as before", async () => {
    const before = tabs.open();
    const first = await tabs.wire.connect(withBob(3));
    before.client.send(WITH_BOB, "one");
    await settled();
    before.client.send(WITH_BOB, "two");
    await settled();
    expect(sentTexts(first)).toEqual(["one"]);
    before.crash();

    const after = tabs.open();
    const second = await tabs.wire.connect(withBob(4));
    expect(second.of("send")).toEqual(first.of("send"));
    expect(after.client.pending(WITH_BOB)).toHaveLength(2);
    await ackLast(second, 5);
    expect(sentTexts(second)).toEqual(["one", "two"]);
    await ackLast(second, 6);
    await settled();
    expect(tabs.shared.pairs.size).toBe(0);
  });

  test("is stored before it is sent", async () => {
    const written = Promise.withResolvers<void>();
    const life = tabs.shared.life(() => written.promise);
    const device = tabs.open("alice", { storage: life });
    await tabs.wire.connect();
    device.client.send({ user: "bob" }, "one");
    await settled();
    expect(tabs.wire.last.of("send")).toHaveLength(0);
    written.resolve();
    await settled();
    expect(sentTexts(tabs.wire.last)).toEqual(["one"]);
  });

  test("is sent before those written after the reload, with the old queue and the new one merged", async () => {
    const before = tabs.open();
    before.client.send({ user: "bob" }, "one");
    await settled();
    before.crash();
    const after = tabs.open();
    after.client.send({ user: "bob" }, "two");
    const end = await tabs.wire.connect(withBob(3));
    expect(sentTexts(end)).toEqual(["one"]);
    await ackLast(end, 4);
    expect(sentTexts(end)).toEqual(["one", "two"]);
  });

  test("is adopted before anything is sent, however long that takes", async () => {
    const before = tabs.open();
    before.client.send({ user: "bob" }, "one");
    await settled();
    before.crash();
    const life = tabs.shared.life();
    const readable = Promise.withResolvers<void>();
    const read: ClientStorage["read"] = async (prefix) => {
      if (prefix !== "parley:alice:") await readable.promise;
      return life.read(prefix);
    };
    const slow = { ...life, read };
    const after = tabs.open("alice", { storage: slow });
    after.client.send({ user: "bob" }, "two");
    const end = await tabs.wire.connect(withBob(3));
    expect(sentTexts(end)).toEqual([]);
    expect(after.client.state).toBe("connecting");
    readable.resolve();
    await settled();
    expect(sentTexts(end)).toEqual(["one"]);
  });

  test("is not sent by another user, and stays until its user is back", async () => {
    const before = tabs.open("alice");
    before.client.send({ user: "bob" }, "from alice");
    await settled();
    before.crash();
    const bob = tabs.open("bob");
    const end = await tabs.wire.connect();
    expect(end.frames.map(({ type }) => type)).toEqual(["sync"]);
    bob.client.close();
    tabs.open("alice");
    expect(sentTexts(await tabs.wire.connect())).toEqual(["from alice"]);
  });

  test("is left to the next client when its client closes", async () => {
    const before = tabs.open();
    before.client.send({ user: "bob" }, "one");
    before.client.close();
    await settled();
    tabs.open();
    expect(sentTexts(await tabs.wire.connect())).toEqual(["one"]);
  });

  test("is understood by every release of the library", async () => {
    const entry = (id: string) => ({ id, kind: "text", body: { text: id } });
    const frame = { type: "send", conversation: WITH_BOB, seen: [1, 3], entries: [entry("a"), entry("b")] };
    const kept = {
      target: { conversation: WITH_BOB },
      frames: [{ text: JSON.stringify(frame), ids: ["a", "b"], seen: [1, 3], open: [entry("b")] }],
      queue: [entry("c")],
      since: [1, 4],
    };
    tabs.shared.pairs.set("parley:alice:another:0", JSON.stringify(kept));
    tabs.open();
    const end = await tabs.wire.connect(withBob(5));
    expect(end.of("send")).toEqual([frame]);
    expect([...tabs.shared.pairs.keys()]).not.toContain("parley:alice:another:0");
    const [ours = ""] = tabs.shared.pairs.values();
    expect(JSON.parse(ours)).toEqual({
      ...kept,
      frames: [...kept.frames, { text: expect.any(String), ids: ["c"], seen: [1, 4], open: [entry("c")] }],
      queue: [],
      since: 0,
    });
  });

  test("is deleted by signing out", async () => {
    const before = tabs.open();
    before.client.send({ user: "bob" }, "one");
    await before.client.signOut();
    expect(before.client.state).toBe("ended");
    expect(tabs.shared.pairs.size).toBe(0);
  });
});
