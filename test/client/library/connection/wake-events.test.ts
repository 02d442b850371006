import { afterEach, beforeEach, expect, test, vi } from "vitest";
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

beforeEach(() => {
  page = new Page();
  wire = new Wire();
  devices = [];
});

afterEach(() => {
  for (const { client } of devices) client.close();
  vi.unstubAllGlobals();
});

function open(storage?: ClientStorage): Device {
  const { transport } = wire;
  const device = openDevice(wire, "alice", {
    transport,
    clock: new ManualClock(),
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
  page.show("visible");
  page.networkIsBack();
  expect(end.of("ping")).toEqual([]);
  expect(wire.ends).toHaveLength(1);
});
