import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions } from "../../../../client/src/index.ts";
import { wireError } from "../../../../protocol/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled, Wire } from "../../support/wire.ts";
import { entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

const HOUR_MS = 60 * 60_000;
const MARGIN_MS = 60_000;

let wire: Wire;
let clock: ManualClock;
let alice: Device;

function open(options: Partial<ClientOptions> = {}): void {
  alice = openDevice(wire, "alice", { transport: wire.transport, clock, random: () => 0.5, ...options });
}

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
});

afterEach(() => alice.client.close());

/** Advances the clock and answers every ping. */
async function pass(byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  while (clock.nextDueMs <= untilMs) {
    clock.advance(clock.nextDueMs - clock.nowMs());
    await wire.last.push({ type: "pong" });
  }
  clock.advance(untilMs - clock.nowMs());
  await settled();
}

describe("a connection is replaced before it ends", () => {
  const inMs = (ms: number) => clock.nowMs() + ms;

  test("a minute before its token expires, and the old one stays in service until the new one is in sync", async () => {
    open({ token: async () => ({ token: "token.alice", expiresAtMs: inMs(HOUR_MS) }) });
    const before = await wire.connect();
    await pass(HOUR_MS - MARGIN_MS - 1);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    const after = wire.last;
    await after.open();
    alice.client.send({ user: "bob" }, "meanwhile");
    await before.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: [entry(1)] });
    expect(before.of("send")).toHaveLength(1);
    expect(wire.ends.map(({ released }) => released)).toEqual([false, false]);
    await after.answer("sync", { conversations: [withBob(1, { entries: [entry(1)] })] });
    expect(wire.ends.map(({ released }) => released)).toEqual([true, false]);
    // It was not answered, so the same frame goes out again.
    expect(after.of("send")).toEqual(before.of("send"));
    await after.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: [entry(1), entry(2)] });
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2]);
    expect(alice.of("state")).toEqual(["connecting", "online"]);
    expect(alice.of("error")).toEqual([]);
  });

  test("at the time given by the claims of a JWT", async () => {
    const claims = (exp: unknown) => `x.${btoa(JSON.stringify({ sub: "alice", exp }))}.x`;
    open({ user: "alice", token: async () => claims(inMs(HOUR_MS) / 1000) });
    await wire.connect();
    await pass(HOUR_MS - MARGIN_MS - 1);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    expect(wire.ends).toHaveLength(2);
    alice.client.close();
    // A claim that is not a number is ignored.
    open({ user: "alice", token: async () => claims("soon") });
    await wire.connect();
    await pass(HOUR_MS);
    expect(wire.ends).toHaveLength(3);
  });

  test("and a failed attempt is repeated, unnoticed while the old one is in service", async () => {
    open({ timings: { reconnect: { baseMs: 1_000, capMs: 60_000 } } });
    const before = await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS);
    for (const delayMs of [500, 1_000, 2_000]) {
      await settled();
      await wire.last.cut();
      clock.advance(delayMs);
    }
    await settled();
    expect(wire.ends).toHaveLength(5);
    expect(before.released).toBe(false);
    expect(alice.of("state")).toEqual(["connecting", "online"]);
    await before.cut();
    expect(alice.client.state).toBe("connecting");
    await wire.connect();
    expect(alice.of("state")).toEqual(["connecting", "online", "connecting", "online"]);
    expect(alice.of("error")).toEqual([]);
  });

  test("and its eviction in favour of its own replacement does not end the client", async () => {
    open();
    const before = await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS);
    const after = wire.last;
    await after.open();
    await before.push({ type: "error", error: wireError("evicted"), final: true });
    expect(alice.client.state).toBe("connecting");
    await after.answer("sync", { conversations: [] });
    expect(alice.client.state).toBe("online");
    await after.push({ type: "error", error: wireError("evicted"), final: true });
    expect(alice.client.state).toBe("ended");
  });

  test.each<[string, ClientOptions["token"]]>([
    ["has no expiry", async () => "token.alice"],
    [
      "outlives every connection",
      async () => ({ token: "token.alice", expiresAtMs: Number.MAX_SAFE_INTEGER }),
    ],
    // Either the clock of this device is wrong, or the server refuses the token anyway.
    ["seems to have expired already", async () => ({ token: "token.alice", expiresAtMs: 1 })],
  ])("a minute before the two hours of API Gateway are over, if its token %s", async (_, token) => {
    open({ token });
    await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS - 1);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    expect(wire.ends).toHaveLength(2);
  });

  test("earlier if the application asks for it", async () => {
    const token = async () => ({ token: "token.alice", expiresAtMs: inMs(HOUR_MS) });
    open({ token, timings: { renewBeforeMs: 5 * 60_000 } });
    await wire.connect();
    await pass(55 * 60_000);
    expect(wire.ends).toHaveLength(2);
  });

  test("and unanswered frames are sent again on the new one", async () => {
    open();
    await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS - 1);
    alice.client.send({ user: "bob" }, "just then");
    await pass(1);
    await wire.connect();
    expect(wire.ends.map((end) => end.of("send").length)).toEqual([1, 1]);
  });

  test("and earlier failures do not count after it", async () => {
    open({ timings: { reconnect: { baseMs: 1_000, capMs: 60_000 } } });
    for (const delayMs of [500, 1_000, 2_000]) {
      await settled();
      await wire.last.cut();
      clock.advance(delayMs);
    }
    await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS);
    await wire.last.cut();
    expect(clock.nextDueMs - clock.nowMs()).toBe(500);
  });

  test("but not in a loop if every token is about to expire", async () => {
    open({ token: async () => ({ token: "token.alice", expiresAtMs: inMs(1_000) }) });
    await wire.connect();
    await pass(9_999);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    expect(wire.ends).toHaveLength(2);
  });
});
