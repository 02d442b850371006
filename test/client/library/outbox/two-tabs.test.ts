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

describe("two tabs", () => {
  test("do not adopt the entries of a user who signed out in one of them", async () => {
    const leaving = tabs.open();
    leaving.client.send(WITH_BOB, "secret");
    await settled();
    const staying = tabs.open();
    await settled();
    await leaving.client.signOut();
    await settled();
    expect(staying.client.pending()).toEqual([]);
    expect(tabs.shared.pairs.size).toBe(0);
  });

  test("send their own entries, and the remaining one those of the closed one", async () => {
    const left = tabs.open();
    const atLeft = await tabs.wire.connect(withBob(3));
    const right = tabs.open();
    const atRight = await tabs.wire.connect(withBob(3));
    left.client.send(WITH_BOB, "left");
    right.client.send(WITH_BOB, "right");
    await settled();
    expect([sentTexts(atLeft), sentTexts(atRight)]).toEqual([["left"], ["right"]]);
    await ackLast(atRight, 4);
    left.crash();
    // A tab looks for abandoned entries when it is online again.
    await atRight.cut();
    tabs.clock.advance(50);
    const back = await tabs.wire.connect(withBob(4));
    expect(sentTexts(back)).toEqual(["left"]);
    expect(back.of("send")).toEqual(atLeft.of("send"));
  });

  test("do not adopt entries from each other while both live", async () => {
    const left = tabs.open();
    const atLeft = await tabs.wire.connect(withBob(3));
    left.client.send(WITH_BOB, "left");
    await settled();
    tabs.open();
    const atRight = await tabs.wire.connect(withBob(3));
    expect(sentTexts(atRight)).toEqual([]);
    left.crash();
    await settled();
    expect(atRight.of("send")).toEqual(atLeft.of("send"));
  });
});

test("a client that is closed before it holds its claim releases it all the same", async () => {
  const storage = tabs.shared.life();
  const claimed = Promise.withResolvers<void>();
  let heldClaims = 0;
  const claim: ClientStorage["claim"] = async (name) => {
    const release = await storage.claim(name);
    await claimed.promise;
    heldClaims += 1;
    return () => {
      heldClaims -= 1;
      release?.();
    };
  };
  const { client } = tabs.open("alice", { storage: { ...storage, claim } });
  await settled();
  client.close();
  await settled();
  claimed.resolve();
  await settled();
  expect(heldClaims).toBe(0);
});
