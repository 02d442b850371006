import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClientOptions } from "../../../../client/src/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled, Wire } from "../../support/wire.ts";

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

describe("an attempt to connect", () => {
  test.each<[string, Partial<ClientOptions>]>([
    ["token", { token: never }],
    ["url", { url: never }],
  ])("has failed after 30 s if its %s never comes", async (_, options) => {
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

  test("is not resumed by a token that comes too late", async () => {
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

  test("counts as failed only once if its token rejects too late", async () => {
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

test("a mistake in the program is reported as uncaught, and the client tries again", async () => {
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
