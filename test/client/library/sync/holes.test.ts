import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientFrame } from "../../../../protocol/index.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ScriptedServer, type ServerConnection } from "../../support/scripted-server.ts";
import { conversationId, type ServerConversation } from "../../support/server-log.ts";

const WITH_BOB = conversationId("alice", "bob");

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

function open(): Device {
  const device = openDevice(server, "alice");
  devices.push(device);
  return device;
}

async function openOnline(): Promise<Device> {
  const device = open();
  await eventually("alice to be online", () => device.client.state === "online");
  return device;
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const withBob = (): ServerConversation => server.logs.between("alice", "bob");
const fromBob = (...texts: string[]) => server.logs.say(withBob(), "bob", ...texts);
const histories = () => server.frames.filter(({ type }) => type === "history");

/** Holds back the answers to frames of a type; the returned function sends them. */
function hold(type: ClientFrame["type"]): () => void {
  const held: [ClientFrame, ServerConnection][] = [];
  server.intercept = (frame, connection) => {
    if (frame.type !== type) return false;
    held.push([frame, connection]);
    return true;
  };
  return () => {
    server.intercept = () => false;
    for (const [frame, connection] of held) server.answer(frame, connection);
  };
}

describe("a hole", () => {
  test("that closes by itself is not requested", async () => {
    fromBob("one");
    const alice = await openOnline();
    const [two, three] = fromBob("two", "three");
    const push = (entry: typeof two) =>
      entry &&
      server.pushTo(["alice"], { type: "entries", conversation: WITH_BOB, epoch: 1, entries: [entry] });
    push(three);
    push(two);
    push(three);
    await eventually("both", () => alice.seqs(WITH_BOB).length === 3);
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3]);
    expect(histories()).toEqual([]);
  });

  test("that stays is filled from history", async () => {
    fromBob("one");
    const alice = await openOnline();
    fromBob(...numbers(2, 150).map(String));
    server.say("alice", "bob", "151");
    await eventually("all of it", () => alice.seqs(WITH_BOB).length === 151);
    expect(alice.seqs(WITH_BOB)).toEqual(numbers(1, 151));
    expect(histories()).toMatchObject([{ after: 1 }, { after: 101 }]);
  });

  test("before an own entry does not delay its acknowledgement, only its `entries`", async () => {
    fromBob("one");
    const alice = await openOnline();
    fromBob("unpushed");
    const release = hold("history");
    await expect(alice.client.send({ user: "bob" }, "mine").done).resolves.toMatchObject({ seq: 3 });
    expect(alice.seqs(WITH_BOB)).toEqual([1]);
    await eventually("the request", () => histories().length === 1);
    release();
    await eventually("the rest", () => alice.seqs(WITH_BOB).length === 3);
    expect(alice.texts(WITH_BOB)).toEqual(["one", "unpushed", "mine"]);
  });

  test("is requested again if history cannot fill it at once", async () => {
    fromBob("one");
    const alice = await openOnline();
    let failures = 3;
    server.intercept = (frame, connection) => {
      if (frame.type !== "history" || failures-- <= 0) return false;
      const error = { code: "unavailable" as const, message: "later", temporary: true };
      connection.push({ type: "reply", id: frame.id, error });
      return true;
    };
    fromBob("unpushed");
    server.say("alice", "bob", "pushed");
    await eventually("all three", () => alice.seqs(WITH_BOB).length === 3);
    expect(histories()).toHaveLength(4);
  });

  test("that cannot be filled is reported, and the entries after it come with the next connection", async () => {
    fromBob("one");
    const alice = await openOnline();
    server.intercept = (frame, connection) => {
      if (frame.type !== "history") return false;
      const error = { code: "not_found" as const, message: "gone", temporary: false };
      connection.push({ type: "reply", id: frame.id, error });
      return true;
    };
    fromBob("unpushed");
    server.say("alice", "bob", "pushed");
    await eventually("the error", () => alice.of("error").length > 0);
    expect(alice.of("error")).toMatchObject([{ code: "not_found" }]);
    expect(alice.seqs(WITH_BOB)).toEqual([1]);
    server.cutAll();
    await eventually("all three", () => alice.seqs(WITH_BOB).length === 3);
  });

  test("of expired entries is reported as a reset", async () => {
    fromBob("one");
    const alice = await openOnline();
    fromBob("two", "three");
    withBob().first = 3;
    server.say("alice", "bob", "four");
    await eventually("the fourth", () => alice.seqs(WITH_BOB).includes(4));
    expect(alice.of("reset")).toEqual([{ conversation: WITH_BOB, epoch: 1, seq: 2 }]);
    expect(alice.seqs(WITH_BOB)).toEqual([1, 3, 4]);
  });
});
