import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";
import { Wire } from "../../support/wire.ts";

let server: ScriptedServer;
let devices: Device[];

beforeEach(async () => {
  server = await new ScriptedServer().start();
  devices = [];
});

afterEach(async () => {
  for (const { client } of devices) client.close();
  await server.stop();
});

function open(
  ...args: Parameters<typeof openDevice> extends [unknown, ...infer Rest] ? Rest : never
): Device {
  const device = openDevice(server, ...args);
  devices.push(device);
  return device;
}

const online = (device: Device) =>
  eventually("the client to be online", () => device.client.state === "online");

describe("pings", () => {
  test("are sent every four minutes; an answered one keeps the connection", async () => {
    const clock = new ManualClock();
    const alice = open("alice", { clock });
    await online(alice);
    for (let round = 1; round <= 3; round++) {
      const waiting = clock.waiting;
      clock.advance(4 * 60_000);
      const pings = () => server.frames.filter(({ type }) => type === "ping").length;
      await eventually("a ping", () => pings() === round);
      await eventually("the pong to be received", () => clock.dueMs.includes(clock.nowMs() + 4 * 60_000));
      expect(clock.waiting).toBe(waiting);
    }
    expect(server.handshakes).toBe(1);
  });

  test("end a connection that leaves one unanswered for ten seconds", async () => {
    const clock = new ManualClock();
    server.intercept = ({ type }) => type === "ping";
    const alice = open("alice", { clock, random: () => 0.5 });
    await online(alice);
    clock.advance(4 * 60_000);
    clock.advance(9_999);
    expect(alice.client.state).toBe("online");
    clock.advance(1);
    expect(alice.client.state).toBe("offline");
    clock.advance(250);
    await online(alice);
    expect(server.handshakes).toBe(2);
  });

  test("lead to a sync if the pong says that pushes were missed", async () => {
    const alice = open("alice", { timings: { pingEveryMs: 30 } });
    await online(alice);
    server.pushes = () => false;
    server.intercept = ({ type }, connection) => {
      if (type !== "ping") return false;
      connection.push({ type: "pong", resync: true });
      return true;
    };
    server.say("alice", "bob", "unpushed");
    await eventually("the message", () => alice.of("entries").length === 1);
    expect(alice.of("state")).toEqual(["connecting", "online"]);
  });
});

test("an error in answer to a ping keeps the connection", async () => {
  const wire = new Wire();
  const clock = new ManualClock();
  const alice = openDevice(wire, "alice", { transport: wire.transport, clock, random: () => 0.5 });
  devices.push(alice);
  await wire.connect();
  clock.advance(4 * 60_000);
  expect(wire.last.of("ping")).toHaveLength(1);
  await wire.last.push({ type: "error", error: wireError("internal") });
  clock.advance(4 * 60_000 - 1);
  expect(alice.client.state).toBe("online");
  clock.advance(1);
  expect(wire.last.of("ping")).toHaveLength(2);
});
