import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClientStorage } from "../../../../client/src/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";
import { Page } from "../../support/page.ts";
import { settled, Wire } from "../../support/wire.ts";
import { WITH_BOB, withBob } from "../../support/with-bob.ts";

let page: Page;
let wire: Wire;
let devices: Device[];
let clock: ManualClock;

beforeEach(() => {
  page = new Page();
  wire = new Wire();
  devices = [];
  clock = new ManualClock();
});

afterEach(() => {
  for (const { client } of devices) client.close();
  vi.unstubAllGlobals();
});

function open(storage?: ClientStorage): Device {
  const { transport } = wire;
  const device = openDevice(wire, "alice", {
    transport,
    clock,
    random: () => 0.5,
    ...(storage && { storage }),
  });
  devices.push(device);
  return device;
}

test("a page that becomes visible, or is online again, connects at once", async () => {
  const { client } = open();
  const first = await wire.connect();
  await first.cut();
  expect(client.state).toBe("offline");
  page.show("hidden");
  expect(wire.ends).toHaveLength(1);
  page.show("visible");
  const second = await wire.connect();
  expect(client.state).toBe("online");
  await second.cut();
  page.networkIsBack();
  await wire.connect();
  expect(client.state).toBe("online");
});

test("a page that becomes visible pings its connection", async () => {
  open();
  const end = await wire.connect();
  page.show("visible");
  expect(end.of("ping")).toHaveLength(1);
});

/** Time until a client must be online again after its device has woken, however the connection has ended. */
const ONLINE_WITHIN_MS = 11_000;
const HOUR_MS = 60 * 60_000;

/** Lets time pass, and answers what the client asks of new connections. The first one is dead. */
async function passUntilOnline(client: Device["client"]): Promise<number> {
  const wokenAtMs = clock.nowMs();
  const seen = new Set(wire.ends);
  while (wire.ends.length === seen.size || client.state !== "online") {
    expect(clock.nowMs() - wokenAtMs).toBeLessThanOrEqual(ONLINE_WITHIN_MS);
    clock.advance(100);
    await settled();
    for (const end of wire.ends) {
      if (seen.has(end) || end.released) continue;
      seen.add(end);
      await wire.connect();
      return clock.nowMs() - wokenAtMs;
    }
  }
  return clock.nowMs() - wokenAtMs;
}

const WAKES: Record<string, () => void> = {
  "time goes on": () => {},
  "the page is resumed": () => page.resume(),
  "the page comes back from the cache": () => page.comeBack(),
  "the page gets the focus": () => page.focus(),
  "the page becomes visible": () => page.show("visible"),
  "the network is back": () => page.networkIsBack(),
};

describe.each(Object.entries(WAKES))("after a sleep that ends when %s", (_, wake) => {
  test.each([
    ["a minute", 60_000],
    ["an hour", HOUR_MS],
    ["a night", 9 * HOUR_MS],
  ])("of %s, a dead connection is noticed and replaced in time", async (_name, sleptMs) => {
    const { client, of } = open();
    const dead = await wire.connect();
    clock.advance(1_700);
    clock.sleep(sleptMs);
    wake();
    await passUntilOnline(client);
    expect(client.state).toBe("online");
    expect(dead.of("ping")).toHaveLength(1);
    // A banner was shown meanwhile.
    expect(of("state")).toEqual(["connecting", "online", "offline", "connecting", "online"]);
  });

  test("a ping that was under way does not prolong the wait", async () => {
    const { client } = open();
    const dead = await wire.connect();
    clock.advance(4 * 60_000);
    expect(dead.of("ping")).toHaveLength(1);
    clock.sleep(HOUR_MS);
    wake();
    await passUntilOnline(client);
    expect(client.state).toBe("online");
  });

  test("a connection that lives is kept", async () => {
    const { client } = open();
    const end = await wire.connect();
    clock.sleep(60_000);
    wake();
    clock.advance(4_000);
    await end.push({ type: "pong" });
    clock.advance(60_000);
    expect(client.state).toBe("online");
    expect(wire.ends).toHaveLength(1);
    expect(end.of("ping")).toHaveLength(1);
  });

  test("an attempt that waits for an answer begins anew", async () => {
    const { client } = open();
    await settled();
    clock.sleep(60_000);
    wake();
    await passUntilOnline(client);
    expect(client.state).toBe("online");
    expect(wire.ends).toHaveLength(2);
  });

  test("a sync that waits for an answer begins anew", async () => {
    const { client } = open();
    await settled();
    await wire.last.open();
    clock.sleep(60_000);
    wake();
    await passUntilOnline(client);
    expect(client.state).toBe("online");
  });
});

test("a program without a page notices that its process was stopped", async () => {
  vi.unstubAllGlobals();
  const { client } = open();
  await wire.connect();
  clock.sleep(HOUR_MS);
  expect(await passUntilOnline(client)).toBeLessThanOrEqual(ONLINE_WITHIN_MS);
});

test("timers that a hidden page gets once a minute are no sleep", async () => {
  open();
  const end = await wire.connect();
  page.show("hidden");
  for (let minute = 0; minute < 3; minute++) {
    clock.sleep(59_000);
    clock.advance(4_000);
  }
  expect(end.of("ping")).toEqual([]);
});

test("time that passes as it should is no sleep, and a clock that is set back neither", async () => {
  open();
  const end = await wire.connect();
  clock.advance(3 * 60_000);
  clock.sleep(-HOUR_MS);
  clock.advance(30_000);
  expect(end.of("ping")).toEqual([]);
});

test("looking at the page again and again does not prolong the wait", async () => {
  const { client } = open();
  await wire.connect();
  for (let look = 0; look < 5; look++) {
    page.focus();
    clock.advance(1_000);
  }
  expect(client.state).toBe("offline");
});

test("a connection that opens slowly is not given up because the page is looked at", async () => {
  const { client } = open();
  await settled();
  page.focus();
  clock.advance(3_000);
  page.show("visible");
  clock.advance(3_000);
  await wire.connect();
  expect(client.state).toBe("online");
  expect(wire.ends).toHaveLength(1);
});

describe("when the browser says that the network has gone", () => {
  test("a connection that does not answer for two seconds is given up", async () => {
    const { client } = open();
    const end = await wire.connect();
    page.networkIsGone();
    expect(end.of("ping")).toHaveLength(1);
    clock.advance(1_999);
    expect(client.state).toBe("online");
    clock.advance(1);
    expect(client.state).toBe("offline");
    page.networkIsBack();
    await wire.connect();
    expect(client.state).toBe("online");
  });

  test("a ping that is on its way already has no longer than two seconds either", async () => {
    const { client } = open();
    const end = await wire.connect();
    clock.advance(4 * 60_000);
    page.networkIsGone();
    clock.advance(1_000);
    page.show("visible");
    clock.advance(1_000);
    expect(end.of("ping")).toHaveLength(1);
    expect(client.state).toBe("offline");
  });

  test("a connection that answers stays", async () => {
    const { client } = open();
    const end = await wire.connect();
    page.networkIsGone();
    await end.push({ type: "pong" });
    clock.advance(60_000);
    expect(client.state).toBe("online");
    expect(wire.ends).toHaveLength(1);
  });
});

test("a tab that becomes visible sends the entries left by a tab that was closed meanwhile", async () => {
  const shared = new MemoryStorage();
  const life = shared.life();
  const left = open(life);
  const atLeft = await wire.connect(withBob(3));
  open(shared.life());
  const atRight = await wire.connect(withBob(3));
  left.client.send(WITH_BOB, "left behind");
  await settled();
  left.client.close();
  life.crash();
  await settled();
  page.show("visible");
  await settled();
  expect(atRight.of("send")).toEqual(atLeft.of("send"));
});

test("a client that is closed stops listening to its page", async () => {
  const { client } = open();
  const end = await wire.connect();
  client.close();
  page.networkIsGone();
  for (const wake of Object.values(WAKES)) wake();
  clock.sleep(HOUR_MS);
  clock.advance(60_000);
  expect(clock.waiting).toBe(0);
  expect(end.of("ping")).toEqual([]);
  expect(wire.ends).toHaveLength(1);
});
