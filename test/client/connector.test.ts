import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClientOptions } from "../../client/src/index.ts";
import { wireError } from "../../protocol/index.ts";
import { type Device, openDevice } from "./support/device.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { settled, Wire } from "./support/wire.ts";
import { entry, WITH_BOB, withBob } from "./support/with-bob.ts";

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

afterEach(() => {
  alice.client.close();
  vi.unstubAllGlobals();
});

const never = () => new Promise<never>(() => {});

/** Lets time pass, with every ping answered. */
async function pass(byMs: number): Promise<void> {
  const untilMs = clock.nowMs() + byMs;
  while (clock.nextDueMs <= untilMs) {
    clock.advance(clock.nextDueMs - clock.nowMs());
    await wire.last.push({ type: "pong" });
  }
  clock.advance(untilMs - clock.nowMs());
  await settled();
}

describe("an attempt to connect", () => {
  test.each<[string, Partial<ClientOptions>]>([
    ["token", { token: never }],
    ["url", { url: never }],
  ])("whose %s never comes has failed after 30 s", async (_, options) => {
    open(options);
    await settled();
    clock.advance(29_999);
    expect(alice.client.state).toBe("connecting");
    clock.advance(1);
    expect(alice.client.state).toBe("offline");
    for (let attempt = 2; attempt <= 3; attempt++) {
      clock.advance(50);
      await settled();
      expect(alice.client.state).toBe("connecting");
      clock.advance(30_000);
    }
    expect(alice.of("error")).toMatchObject([{ code: "unreachable" }]);
  });

  test("is not revived by a token that comes too late", async () => {
    const first = Promise.withResolvers<string>();
    let asked = 0;
    open({ token: async () => (asked++ === 0 ? first.promise : "second") });
    await settled();
    clock.advance(30_050);
    await wire.connect();
    first.resolve("first");
    await settled();
    expect(wire.ends.map(({ token }) => token)).toEqual(["second"]);
    expect(alice.client.state).toBe("online");
  });

  test("that failed too late counts no second time", async () => {
    const first = Promise.withResolvers<string>();
    let asked = 0;
    open({ token: async () => (asked++ === 0 ? first.promise : "second") });
    await settled();
    clock.advance(30_050);
    await wire.connect();
    first.reject(new Error("no network"));
    await settled();
    expect(alice.client.state).toBe("online");
  });
});

describe("a connection is replaced before its end", () => {
  const inMs = (ms: number) => clock.nowMs() + ms;

  test("when the token says when it expires: a minute earlier, and the old one serves until the new one is in sync", async () => {
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
    // No answer came: the very frame goes out again.
    expect(after.of("send")).toEqual(before.of("send"));
    await after.push({ type: "entries", conversation: WITH_BOB, epoch: 1, entries: [entry(1), entry(2)] });
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2]);
    expect(alice.of("state")).toEqual(["connecting", "online"]);
    expect(alice.of("error")).toEqual([]);
  });

  test("when the token is a JWT, whose claims say it", async () => {
    const claims = (exp: unknown) => `x.${btoa(JSON.stringify({ sub: "alice", exp }))}.x`;
    open({ user: "alice", token: async () => claims(inMs(HOUR_MS) / 1000) });
    await wire.connect();
    await pass(HOUR_MS - MARGIN_MS - 1);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    expect(wire.ends).toHaveLength(2);
    alice.client.close();
    // What is no time is none.
    open({ user: "alice", token: async () => claims("soon") });
    await wire.connect();
    await pass(HOUR_MS);
    expect(wire.ends).toHaveLength(3);
  });

  test("and a successor that fails is tried again, unnoticed while the old one lives", async () => {
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

  test("and to be evicted in favour of its own successor is not the end", async () => {
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
    ["says nothing of its end", async () => "token.alice"],
    [
      "outlives every connection",
      async () => ({ token: "token.alice", expiresAtMs: Number.MAX_SAFE_INTEGER }),
    ],
    // Either this device's clock is wrong, or the server refuses anyway.
    ["seems to have expired before", async () => ({ token: "token.alice", expiresAtMs: 1 })],
  ])("when its token %s: a minute before the two hours of API Gateway", async (_, token) => {
    open({ token });
    await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS - 1);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    expect(wire.ends).toHaveLength(2);
  });

  test("at a margin of the application's choice", async () => {
    const token = async () => ({ token: "token.alice", expiresAtMs: inMs(HOUR_MS) });
    open({ token, timings: { renewBeforeMs: 5 * 60_000 } });
    await wire.connect();
    await pass(55 * 60_000);
    expect(wire.ends).toHaveLength(2);
  });

  test("and goes on sending what had no answer", async () => {
    open();
    await wire.connect();
    await pass(2 * HOUR_MS - MARGIN_MS - 1);
    alice.client.send({ user: "bob" }, "just then");
    await pass(1);
    await wire.connect();
    expect(wire.ends.map((end) => end.of("send").length)).toEqual([1, 1]);
  });

  test("and what failed before it lived is forgotten", async () => {
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

  test("but not in a loop when every token is about to expire", async () => {
    open({ token: async () => ({ token: "token.alice", expiresAtMs: inMs(1_000) }) });
    await wire.connect();
    await pass(9_999);
    expect(wire.ends).toHaveLength(1);
    await pass(1);
    expect(wire.ends).toHaveLength(2);
  });
});

describe("whose client this is", () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

  test("is read in the token, in any script", async () => {
    open({ user: undefined, token: async () => jwt({ sub: "Zoë ✓" }) } as Partial<ClientOptions>);
    await wire.connect(withBob(1, { entries: [entry(1, { sender: "Zoë ✓" })] }));
    expect(alice.client.user).toBe("Zoë ✓");
  });

  test.each(["token.alice", jwt({ name: "alice" })])(
    "has to be told where %s does not say",
    async (token) => {
      open({ user: undefined, token: async () => token } as Partial<ClientOptions>);
      for (let attempt = 0; attempt < 3; attempt++) {
        await settled();
        clock.advance(50);
      }
      await settled();
      expect(wire.ends).toHaveLength(0);
      expect(alice.of("error")).toMatchObject([{ code: "unreachable", cause: { code: "nameless_token" } }]);
    },
  );

  test("does not change: what waits was written by the user before", async () => {
    const tokens = [jwt({ sub: "alice" }), jwt({ sub: "mallory" }), jwt({ sub: "alice" })];
    open({ user: undefined, token: async () => tokens.shift() ?? "" } as Partial<ClientOptions>);
    await wire.connect();
    alice.client.send({ user: "bob" }, "from alice");
    await wire.last.cut();
    clock.advance(50);
    await settled();
    expect(wire.ends).toHaveLength(1);
    clock.advance(50);
    await wire.connect();
    expect(wire.ends).toHaveLength(2);
    expect(wire.last.of("send")).toHaveLength(1);
  });
});

describe("nothing is told after the end", () => {
  test("not even that nobody answered, when the third failure makes the application close", async () => {
    open({ token: () => Promise.reject(new Error("no network")) });
    let failures = 0;
    alice.client.on("state", (state) => {
      if (state === "offline" && ++failures === 3) alice.client.close();
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      await settled();
      clock.advance(50);
    }
    await settled();
    expect(alice.of("state").at(-1)).toBe("ended");
    expect(alice.of("error")).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  test("to listeners of the very event that brought the end", async () => {
    open();
    const heard: string[] = [];
    alice.client.on("state", (state) => {
      if (state === "online") alice.client.close();
    });
    alice.client.on("state", (state) => heard.push(state));
    await wire.connect();
    expect(heard).toEqual(["ended"]);
  });

  test("and no token is asked for when the application closes as it dials", async () => {
    let asked = 0;
    const token = async () => {
      asked += 1;
      return "token.alice";
    };
    open({ token });
    await wire.connect();
    alice.client.on("state", (state) => {
      if (state === "connecting") alice.client.close();
    });
    await wire.last.cut();
    clock.advance(50);
    await settled();
    expect(asked).toBe(1);
    expect(wire.ends).toHaveLength(1);
  });
});

test("an error that answers a ping is a sign of life", async () => {
  open();
  await wire.connect();
  clock.advance(4 * 60_000);
  expect(wire.last.of("ping")).toHaveLength(1);
  await wire.last.push({ type: "error", error: wireError("internal") });
  clock.advance(4 * 60_000 - 1);
  expect(alice.client.state).toBe("online");
  clock.advance(1);
  expect(wire.last.of("ping")).toHaveLength(2);
});

test("a mistake in the program surfaces, and the client tries again", async () => {
  const surfaced: (() => void)[] = [];
  let ids = 0;
  open({
    newId: () => {
      if (ids++ === 0) throw new TypeError("a mistake");
      return `id-${ids}`;
    },
  });
  await settled();
  vi.stubGlobal("queueMicrotask", (run: () => void) => surfaced.push(run));
  await wire.last.open();
  expect(surfaced).toHaveLength(1);
  expect(() => surfaced[0]?.()).toThrow("a mistake");
  expect(alice.client.state).toBe("offline");
  clock.advance(50);
  await wire.connect();
  expect(alice.client.state).toBe("online");
});
