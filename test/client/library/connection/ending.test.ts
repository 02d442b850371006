import { afterEach, beforeEach, describe, expect, test } from "vitest";
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

afterEach(() => alice.client.close());

describe("a client that has ended emits nothing more", () => {
  test("not even that the server is unreachable, when the application closes on the third failure", async () => {
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

  test("not even the current event to the listeners that follow", async () => {
    open();
    const heard: string[] = [];
    alice.client.on("state", (state) => {
      if (state === "online") alice.client.close();
    });
    alice.client.on("state", (state) => heard.push(state));
    await wire.connect();
    expect(heard).toEqual(["ended"]);
  });

  test("and requests no token when the application closes while it is connecting", async () => {
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

test("a request while offline rejects as temporary, and one after the end as permanent", async () => {
  open();
  await expect(alice.client.block("mallory")).rejects.toMatchObject({
    code: "connection_lost",
    temporary: true,
  });
  alice.client.close();
  await expect(alice.client.block("mallory")).rejects.toMatchObject({ code: "closed", temporary: false });
});

test("a listener is removed when its signal aborts, and a client closes at the end of its scope", async () => {
  open();
  const heard: string[] = [];
  const stop = new AbortController();
  alice.client.on("state", (state) => heard.push(state), { signal: stop.signal });
  await wire.connect();
  stop.abort();
  // As `await using` does.
  await alice.client[Symbol.asyncDispose]();
  expect(alice.client.state).toBe("ended");
  expect(heard).toEqual(["online"]);
});
