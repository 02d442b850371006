import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { settled } from "../../support/wire.ts";

const DAY_MS = 24 * 60 * 60_000;

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("presence", () => {
  const record = (over: object) => ({ user: "bob", online: true, version: 1, ...over });
  const seen = () => chat.alice.client.presence.getSnapshot().get("bob");

  async function answer(users: object[]): Promise<void> {
    const id = chat.wire.last.of("presence").at(-1)?.id ?? "";
    await chat.wire.last.push({ type: "reply", id, result: { users, refused: [] } });
  }

  test("is watched on every connection and valid until it expires, and the newest version counts", async () => {
    chat.open();
    chat.alice.client.watch(["bob"]);
    await chat.wire.connect();
    expect(chat.wire.last.of("presence")).toMatchObject([{ users: ["bob"], watch: true }]);
    await answer([record({ expiresAtMs: chat.clock.nowMs() + 60_000, version: 3 })]);
    expect(seen()?.online).toBe(true);
    await chat.wire.last.push({ type: "presence", user: "bob", online: false, version: 2 });
    expect(seen()?.online).toBe(true);
    chat.clock.advance(60_000);
    expect(seen()?.online).toBe(false);
    await chat.wire.last.push({ type: "presence", user: "bob", online: false, lastSeenAtMs: 7, version: 4 });
    expect(seen()).toEqual({ user: "bob", online: false, lastSeenAtMs: 7 });

    await chat.wire.last.cut();
    chat.clock.advance(1_000);
    await chat.wire.connect();
    expect(chat.wire.last.of("presence")).toMatchObject([{ users: ["bob"], watch: true }]);
    await answer([]);
    chat.alice.client.watch([]);
    await settled();
    expect(chat.wire.last.of("presence").at(-1)).toMatchObject({ watch: false });
    expect(seen()).toBeUndefined();
  });

  test("expires by the server's clock, even if that of the device is wrong by days", async () => {
    for (const aheadMs of [-3 * DAY_MS, 3 * DAY_MS]) {
      chat.open();
      chat.alice.client.watch(["bob"]);
      const serverNowMs = () => chat.clock.nowMs() + aheadMs;
      await settled();
      await chat.wire.last.open();
      await chat.wire.last.answer("sync", { conversations: [], atMs: serverNowMs() });
      expect(chat.alice.client.serverAheadMs).toBe(aheadMs);
      await answer([record({ expiresAtMs: serverNowMs() + 60_000 })]);
      expect(seen()?.online).toBe(true);
      chat.clock.advance(60_000);
      expect(seen()?.online).toBe(false);
      chat.close();
    }
  });

  test("is requested one list of users at a time, and then for the newest list only", async () => {
    chat.open();
    await chat.wire.connect();
    chat.alice.client.watch(["bob"]);
    await settled();
    for (const users of [["carol"], ["dave"], ["bob", "carol"]]) chat.alice.client.watch(users);
    await settled();
    expect(chat.wire.last.of("presence")).toHaveLength(1);
    await answer([]);
    expect(chat.wire.last.of("presence")).toMatchObject([{ users: ["bob"] }, { users: ["bob", "carol"] }]);
  });
});
