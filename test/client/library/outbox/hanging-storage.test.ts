import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientStorage } from "../../../../client/src/index.ts";
import { DEFAULT_TIMINGS } from "../../../../client/src/index.ts";
import { ackLast, sentTexts, Tabs } from "../../support/tabs.ts";
import { settled } from "../../support/wire.ts";
import { WITH_BOB, withBob } from "../../support/with-bob.ts";

/** Longest time for which a client waits for its storage. */
const { storageWithinMs } = DEFAULT_TIMINGS;
/** Less than the interval between pings, which nobody answers here. */
const MINUTES_MS = 3 * 60_000;

let tabs: Tabs;

beforeEach(() => {
  tabs = new Tabs();
});

afterEach(() => tabs.close());

type Method = keyof ClientStorage;
const METHODS: Method[] = ["read", "write", "claim"];

/** A storage whose methods misbehave until the test repairs it. A call that hangs goes on when it is repaired. */
function broken(methods: readonly Method[], way: (resume: Promise<void>) => Promise<never> | undefined) {
  const repaired = Promise.withResolvers<void>();
  let isBroken = true;
  const life = tabs.shared.life();
  const storage = { ...life } as ClientStorage;
  for (const method of methods) {
    const work = life[method] as (...args: unknown[]) => Promise<never>;
    Object.assign(storage, {
      [method]: (...args: unknown[]) => {
        if (!isBroken) return work(...args);
        const result = way(repaired.promise);
        return result && (result.then(() => work(...args)) as Promise<never>);
      },
    });
  }
  const repair = async () => {
    isBroken = false;
    repaired.resolve();
    await settled();
  };
  return { storage, repair };
}

const hangs = (resume: Promise<void>) => resume as Promise<never>;
const WAYS: Record<string, (resume: Promise<void>) => Promise<never> | undefined> = {
  "never answers": hangs,
  "throws instead of rejecting": () => {
    throw new Error("denied");
  },
  rejects: () => Promise.reject(new Error("denied")),
  "returns nothing": () => undefined,
};

const pass = async (ms: number) => {
  tabs.clock.advance(ms);
  await settled();
};

const cases = [...METHODS.map((method) => [method]), METHODS].flatMap((methods) =>
  Object.keys(WAYS).map((way) => ({ methods, way })),
);

describe.each(cases)("a storage whose $methods $way", ({ methods, way }) => {
  test("is given up after a few seconds: everything is sent, and the failure is reported at most once", async () => {
    const { storage } = broken(methods, WAYS[way] ?? hangs);
    const { client, of } = tabs.open("alice", { storage });
    await settled();
    client.send(WITH_BOB, "one");
    const end = await tabs.wire.connect(withBob(0));
    await pass(storageWithinMs);
    await pass(storageWithinMs);
    expect(client.state).toBe("online");
    expect(sentTexts(end)).toEqual(["one"]);
    await ackLast(end, 1);
    // Nobody waits for it again.
    client.send(WITH_BOB, "two");
    client.send({ user: "carol" }, "three");
    await settled();
    expect(sentTexts(end)).toEqual(["one", "two", "three"]);
    // A claim that returns nothing says that somebody else has it.
    expect(of("error").map(({ code }) => code)).toEqual(
      `${methods} ${way}` === "claim returns nothing" || `${methods} ${way}` === "write returns nothing"
        ? []
        : ["storage"],
    );
  });

  test("does not keep a client from closing or signing out", async () => {
    const { storage } = broken(methods, WAYS[way] ?? hangs);
    const { client } = tabs.open("alice", { storage });
    client.send(WITH_BOB, "one");
    await settled();
    const signedOut = client.signOut().then(
      () => "signed out",
      ({ code }: { code: string }) => code,
    );
    expect(client.state).toBe("ended");
    await pass(storageWithinMs);
    expect(["signed out", "storage"]).toContain(await signedOut);
    // A timer would keep a Node process alive.
    expect(tabs.clock.waiting).toBe(0);
  });
});

describe.each([...METHODS.map((method) => [method]), METHODS])(
  "a storage whose %s answers again after minutes",
  (...methods) => {
    test("stores nothing that is no longer waiting, and nothing is sent twice", async () => {
      const { storage, repair } = broken(methods as Method[], hangs);
      const { client } = tabs.open("alice", { storage });
      client.send(WITH_BOB, "one");
      const end = await tabs.wire.connect(withBob(0));
      await pass(storageWithinMs);
      await ackLast(end, 1);
      client.send(WITH_BOB, "two");
      await settled();
      await ackLast(end, 2);
      await pass(MINUTES_MS);
      await repair();
      expect([...tabs.shared.pairs]).toEqual([]);
      client.send(WITH_BOB, "three");
      await settled();
      expect([...tabs.shared.pairs.values()].join()).toContain("three");
      await ackLast(end, 3);
      expect(sentTexts(end)).toEqual(["one", "two", "three"]);
      expect(tabs.shared.pairs.size).toBe(0);
      expect(client.pending()).toEqual([]);
    });

    test("stores what still waits, for the next client", async () => {
      const { storage, repair } = broken(methods as Method[], hangs);
      const { client } = tabs.open("alice", { storage });
      client.send(WITH_BOB, "one");
      await pass(storageWithinMs);
      await repair();
      client.close();
      await settled();
      const next = tabs.open("alice");
      await settled();
      expect(next.client.pending(WITH_BOB)).toMatchObject([{ body: { text: "one" } }]);
    });

    test("deletes what a user who signed out meanwhile had left in it", async () => {
      const before = tabs.open("alice");
      before.client.send(WITH_BOB, "secret");
      await settled();
      before.crash();
      const { storage, repair } = broken(methods as Method[], hangs);
      const { client } = tabs.open("alice", { storage });
      client.send(WITH_BOB, "secret, too");
      await settled();
      const signedOut = expect(client.signOut()).rejects.toMatchObject({ code: "storage" });
      await pass(storageWithinMs);
      await signedOut;
      await repair();
      await settled();
      expect([...tabs.shared.pairs.values()]).toEqual([]);
    });
  },
);

test("entries of an earlier client that are read late are sent late, and once", async () => {
  const before = tabs.open("alice");
  const first = await tabs.wire.connect(withBob(0));
  before.client.send(WITH_BOB, "earlier");
  await settled();
  before.crash();
  const { storage, repair } = broken(["read"], hangs);
  const after = tabs.open("alice", { storage });
  const end = await tabs.wire.connect(withBob(0));
  expect(after.client.state).toBe("connecting");
  await pass(storageWithinMs);
  expect(after.client.state).toBe("online");
  await pass(MINUTES_MS);
  await repair();
  expect(end.of("send")).toEqual(first.of("send").slice(0, 1));
  await ackLast(end, 1);
  expect(after.client.pending()).toEqual([]);
  expect([...tabs.shared.pairs.values()]).toEqual([]);
});

test("a storage that works again after a failure is waited for again, and its next failure reported", async () => {
  const { storage, repair } = broken(["write"], hangs);
  const { client, of } = tabs.open("alice", { storage });
  const end = await tabs.wire.connect(withBob(0));
  client.send(WITH_BOB, "one");
  await settled();
  expect(sentTexts(end)).toEqual([]);
  await pass(storageWithinMs);
  await repair();
  client.send({ user: "carol" }, "two");
  await settled();
  const written = Promise.withResolvers<void>();
  storage.write = () => written.promise;
  client.send({ user: "dave" }, "three");
  await settled();
  expect(sentTexts(end)).toEqual(["one", "two"]);
  written.reject(new Error("full"));
  await settled();
  expect(sentTexts(end)).toEqual(["one", "two", "three"]);
  expect(of("error").map(({ code, cause }) => [code, (cause as Error).message])).toEqual([
    ["storage", `no answer within ${storageWithinMs} ms`],
    ["storage", "full"],
  ]);
});

test("a storage that is full is reported once, not with every entry", async () => {
  const life = tabs.shared.life();
  const storage: ClientStorage = {
    ...life,
    write: async (key, value) => {
      if (value !== null) throw new Error("full");
      await life.write(key, value);
    },
  };
  const { client, of } = tabs.open("alice", { storage });
  const end = await tabs.wire.connect(withBob(0));
  for (const seq of [1, 2, 3]) {
    client.send(WITH_BOB, `text ${seq}`);
    await settled();
    await ackLast(end, seq);
  }
  expect(sentTexts(end)).toEqual(["text 1", "text 2", "text 3"]);
  expect(of("error")).toHaveLength(1);
});
