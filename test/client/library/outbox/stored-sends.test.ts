import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { ackLast, sentTexts, Tabs } from "../../support/tabs.ts";
import { settled } from "../../support/wire.ts";
import { WITH_BOB, withBob } from "../../support/with-bob.ts";

let tabs: Tabs;

beforeEach(() => {
  tabs = new Tabs();
});

afterEach(() => tabs.close());

/** Returns a function that tells whether the promise has resolved. */
function observed(promise: Promise<unknown>): () => boolean {
  let isResolved = false;
  void promise.then(() => {
    isResolved = true;
  });
  return () => isResolved;
}

describe("`stored` of a handle", () => {
  test("resolves once the entry is in the storage, offline too, before the entry is sent", async () => {
    const writes: (() => void)[] = [];
    const life = tabs.shared.life(() => new Promise<void>((write) => writes.push(write)));
    const { client } = tabs.open("alice", { storage: life });
    const isStored = observed(client.send(WITH_BOB, "one").stored);
    await eventually("the write", () => writes.length > 0);
    await settled();
    expect(isStored()).toBe(false);
    writes.shift()?.();
    await settled();
    expect(isStored()).toBe(true);
    expect([...tabs.shared.pairs.values()].join()).toContain("one");

    const end = await tabs.wire.connect(withBob(0));
    const second = client.send(WITH_BOB, "two");
    const isSecondStored = observed(second.stored);
    while (!isSecondStored()) {
      expect(sentTexts(end)).not.toContain("two");
      writes.shift()?.();
      await settled();
    }
    expect([...tabs.shared.pairs.values()].join()).toContain("two");
  });

  test("resolves for each of several entries as soon as it is stored, not when all are", async () => {
    const writes: (() => void)[] = [];
    const life = tabs.shared.life(() => new Promise<void>((write) => writes.push(write)));
    const { client } = tabs.open("alice", { storage: life });
    const isFirstStored = observed(client.send(WITH_BOB, "one").stored);
    await eventually("the first write", () => writes.length > 0);
    const isSecondStored = observed(client.send(WITH_BOB, "two").stored);
    writes.shift()?.();
    await eventually("the second write", () => writes.length > 0);
    expect([isFirstStored(), isSecondStored()]).toEqual([true, false]);
    writes.shift()?.();
    await eventually("the second entry", isSecondStored);
  });

  test.each(["without a storage", "with a storage that fails"])("waits for the log %s", async (which) => {
    const broken = () => Promise.reject(new Error("full"));
    const { client } = tabs.open("alice", {
      storage: which === "without a storage" ? undefined : { read: broken, write: broken, claim: broken },
    });
    const end = await tabs.wire.connect(withBob(0));
    const isStored = observed(client.send(WITH_BOB, "one").stored);
    await eventually("the frame", () => end.of("send").length > 0);
    await settled();
    expect(isStored()).toBe(false);
    await ackLast(end, 1);
    await eventually("the log", isStored);
  });

  test("never rejects, though the client is closed before anything is stored", async () => {
    const { client } = tabs.open("alice", { storage: undefined });
    const { stored } = client.send(WITH_BOB, "one");
    const isStored = observed(stored);
    client.close();
    await settled();
    expect(isStored()).toBe(false);
  });
});
