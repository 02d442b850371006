import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { eventually } from "../../../support/eventually.ts";
import { sentTexts, Tabs } from "../../support/tabs.ts";
import { settled } from "../../support/wire.ts";
import { WITH_BOB, withBob } from "../../support/with-bob.ts";

let tabs: Tabs;

beforeEach(() => {
  tabs = new Tabs();
});

afterEach(() => tabs.close());

describe("a storage", () => {
  test("that is slow does not starve a user who keeps typing: stored entries are sent while others are written", async () => {
    const keeping: (() => void)[] = [];
    const life = tabs.shared.life(() => new Promise<void>((kept) => keeping.push(kept)));
    const { client } = tabs.open("alice", { storage: life });
    await tabs.wire.connect(withBob(3));
    const keepOne = async () => {
      await eventually("a write", () => keeping.length > 0);
      keeping.shift()?.();
      await settled();
    };
    client.send(WITH_BOB, "one");
    await eventually("the first write", () => keeping.length > 0);
    client.send(WITH_BOB, "two");
    for (let round = 0; round < 3 && tabs.wire.last.of("send").length === 0; round++) {
      client.send(WITH_BOB, `more ${round}`);
      await keepOne();
    }
    expect(tabs.wire.last.of("send")).toHaveLength(1);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("no room"))],
    [
      "throws",
      () => {
        throw new Error("no room");
      },
    ],
  ])(
    "that is full and %s keeps the entries of an earlier client until they are stored again",
    async (_, refuse) => {
      const before = tabs.open();
      before.client.send(WITH_BOB, "precious");
      await settled();
      before.crash();
      const full = tabs.shared.life();
      const after = tabs.open("alice", {
        storage: {
          ...full,
          write: (key, value) => (value === null ? full.write(key, value) : refuse()),
        },
      });
      await eventually("the entry to be adopted", () => after.client.pending().length === 1);
      await eventually("the error", () => after.of("error").length > 0);
      expect([...tabs.shared.pairs.values()].join()).toContain("precious");
    },
  );

  test("with an unreadable record does not keep the other records from being adopted", async () => {
    const before = tabs.open();
    before.client.send({ user: "bob" }, "one");
    await settled();
    before.crash();
    const pairs = [...tabs.shared.pairs];
    tabs.shared.pairs.clear();
    for (const [key, value] of [["parley:alice:0:0", "{"] as const, ...pairs])
      tabs.shared.pairs.set(key, value);
    const after = tabs.open();
    await eventually("the other record to be adopted", () => after.client.pending().length === 1);
  });

  test("with colons in its ids does not make a client adopt its own entries", async () => {
    let count = 0;
    const { client } = tabs.open("alice", { newId: () => `dev:${++count}` });
    await tabs.wire.connect();
    client.send({ user: "bob" }, "one");
    await settled();
    await tabs.wire.last.cut();
    tabs.clock.advance(1_000);
    await settled();
    await tabs.wire.connect();
    expect(client.pending()).toHaveLength(1);
    expect([...tabs.shared.pairs.values()].join()).toContain("one");
  });
});

test("a storage that fails is reported, and the client continues without it", async () => {
  const broken = () => Promise.reject(new Error("quota exceeded"));
  const device = tabs.open("alice", { storage: { read: broken, write: broken, claim: broken } });
  const end = await tabs.wire.connect(withBob(0));
  device.client.send(WITH_BOB, "one");
  await settled();
  expect(sentTexts(end)).toEqual(["one"]);
  expect(device.of("error")[0]).toMatchObject({ code: "storage", cause: new Error("quota exceeded") });
  await end.push({
    type: "reject",
    conversation: WITH_BOB,
    ids: [end.of("send")[0]?.entries[0]?.id ?? ""],
    error: wireError("blocked"),
  });
  expect(device.of("rejected")).toMatchObject([{ error: { code: "blocked" } }]);
});
