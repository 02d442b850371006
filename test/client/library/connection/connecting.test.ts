import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";

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

/** Timers of a client that waits for its next attempt: for that, and for noticing that the device has slept. */
const IDLE_TIMERS = 2;

describe("connecting", () => {
  test("the token is sent as subprotocol, the device in the query, and sync comes first", async () => {
    const alice = open("alice", { device: "laptop" });
    alice.client.send({ user: "bob" }, "early");
    await eventually("the text to arrive", () => server.sends().length === 1);
    expect(server.connections[0]).toMatchObject({ user: "alice", device: "laptop" });
    expect(server.frames.map(({ type }) => type)).toEqual(["sync", "send"]);
    expect(alice.of("state").slice(0, 2)).toEqual(["connecting", "online"]);
  });

  test("every attempt asks for a token and then for a URL", async () => {
    const asked: string[] = [];
    const alice = open("alice", {
      token: async () => {
        asked.push("token");
        return `token.alice`;
      },
      url: async () => {
        asked.push("url");
        return server.url;
      },
    });
    await online(alice);
    server.cutAll();
    await eventually("a second connection", () => server.connections.length === 2);
    expect(asked).toEqual(["token", "url", "token", "url"]);
    expect(server.handshakes).toBe(2);
  });

  test("a lost connection is replaced, and what happened meanwhile arrives", async () => {
    const alice = open("alice");
    await online(alice);
    server.cutAll();
    await eventually("the client to notice", () => alice.of("state").includes("offline"));
    server.say("alice", "bob", "you were away");
    await eventually("the message", () => alice.of("entries").length === 1);
    expect(alice.of("state")).toEqual(["connecting", "online", "offline", "connecting", "online"]);
  });

  test("three failed attempts are reported, and the client keeps trying", async () => {
    server.refuseHandshakes = true;
    let attempts = 0;
    const alice = open("alice", {
      token: async () => {
        attempts += 1;
        return "token.alice";
      },
    });
    await eventually("five attempts", () => attempts >= 5);
    expect(alice.of("error").map(({ code, temporary }) => ({ code, temporary }))).toEqual([
      { code: "unreachable", temporary: true },
    ]);
    server.refuseHandshakes = false;
    await online(alice);
  });

  test("a token that cannot be obtained is a failed attempt", async () => {
    let failures = 3;
    const alice = open("alice", {
      token: async () => {
        if (failures-- > 0) throw new Error("no network");
        return "token.alice";
      },
    });
    await online(alice);
    expect(alice.of("error")[0]).toMatchObject({
      code: "unreachable",
      message: "3 attempts to connect failed, the last one with: Error: no network",
      cause: new Error("no network"),
    });
    expect(server.handshakes).toBe(1);
  });

  test("an invalid URL is a failed attempt", async () => {
    const clock = new ManualClock();
    const alice = open("alice", { clock, random: () => 0.5, url: "https://not a socket" });
    await eventually("the failure", () => alice.client.state === "offline" && clock.waiting === IDLE_TIMERS);
  });

  test("a token that no handshake can carry is a failed attempt", async () => {
    const clock = new ManualClock();
    const alice = open("alice", { clock, random: () => 0.5, token: async () => "not a token" });
    await eventually("the failure", () => alice.client.state === "offline" && clock.waiting === IDLE_TIMERS);
  });

  test("a server that accepts and then stays silent is given up", async () => {
    const clock = new ManualClock();
    server.intercept = () => true;
    const alice = open("alice", { clock });
    await eventually("the sync", () => server.frames.length === 1);
    clock.advance(15_000);
    await eventually("the ping", () => server.frames.some(({ type }) => type === "ping"));
    clock.advance(10_000);
    // It may be connecting again already: the jitter may be 0.
    expect(alice.of("state")).toContain("offline");
  });

  test("a final error ends the client", async () => {
    const alice = open("alice");
    await online(alice);
    server.intercept = () => true;
    const { done } = alice.client.send({ user: "bob" }, "never answered");
    server.connections[0]?.push({ type: "error", error: wireError("evicted"), final: true });
    await eventually("the end", () => alice.client.state === "ended");
    await expect(done).rejects.toMatchObject({ code: "closed" });
    expect(alice.of("error")).toMatchObject([{ code: "evicted" }]);
    expect(() => alice.client.connect()).toThrow(/closed/);
    expect(server.handshakes).toBe(1);
  });

  test("a token that expired does not end the client: the next connection has a new one", async () => {
    let tokens = 0;
    const alice = open("alice", { token: async () => `token.alice${++tokens}` });
    await online(alice);
    server.connections[0]?.push({ type: "error", error: wireError("unauthenticated") });
    await eventually("a second connection", () => server.connections[1]?.user === "alice2");
    await online(alice);
  });

  test("after close nothing happens", async () => {
    const clock = new ManualClock();
    const alice = open("alice", { clock });
    await online(alice);
    alice.client.close();
    expect(alice.client.state).toBe("ended");
    expect(clock.waiting).toBe(0);
    expect(() => alice.client.send({ user: "bob" }, "too late")).toThrow(/closed/);
    await eventually("the server to see it", () => server.openConnections === 0);
    expect(alice.of("state")).toEqual(["connecting", "online", "ended"]);
  });

  test("an unreadable reply to sync is reported, and the client tries again on a new connection", async () => {
    let replies = 0;
    server.intercept = (frame, connection) => {
      if (frame.type !== "sync" || replies++ > 0) return false;
      connection.push({ type: "reply", id: frame.id, result: { conversations: "none" } });
      return true;
    };
    const alice = open("alice");
    await online(alice);
    expect(alice.of("error")).toMatchObject([{ code: "unreadable_reply" }]);
    expect(server.handshakes).toBe(2);
  });

  test("frames this version does not know are ignored", async () => {
    const alice = open("alice");
    await online(alice);
    server.connections[0]?.pushText('{"type":"weather","rain":true}');
    server.connections[0]?.pushText("not even JSON");
    server.say("alice", "bob", "still here");
    await eventually("the message", () => alice.of("entries").length === 1);
    expect(alice.of("error")).toEqual([]);
  });
});
