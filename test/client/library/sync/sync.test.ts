import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientFrame, SyncFrame } from "../../../../protocol/index.ts";
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
const aboutBob = (over: { epoch?: number; lastSeq: number }) => ({
  conversation: WITH_BOB,
  kind: "direct",
  peer: "bob",
  epoch: 1,
  first: 1,
  readSeq: 0,
  unread: 0,
  ...over,
});
const fromBob = (...texts: string[]) => server.logs.say(withBob(), "bob", ...texts);
const syncs = () => server.frames.filter((frame): frame is SyncFrame => frame.type === "sync");
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

describe("sync", () => {
  test("goes page by page, each with the current cursors", async () => {
    const peers = ["bob", "carol", "dave", "erin", "frank"];
    for (const peer of peers) server.logs.say(server.logs.between("alice", peer), peer, "one", "two");
    server.syncPage = 2;
    const alice = await openOnline();
    const ids = server.logs.of("alice").map(({ id }) => id);
    expect(syncs().map(({ from }) => from)).toEqual([undefined, ids[2], ids[4]]);
    expect([...new Set(alice.of("conversation").map(({ peer }) => peer))].sort()).toEqual(peers);
    for (const id of ids) expect(alice.seqs(id)).toEqual([1, 2]);

    server.cutAll();
    await eventually("another sync", () => syncs().length === 6);
    expect(syncs()[3]?.cursors).toEqual(Object.fromEntries(ids.map((id) => [id, [1, 2]])));
    expect(Object.keys(syncs()[5]?.cursors ?? {})).toEqual(ids.slice(4));
  });

  test("continues on the next page with a conversation that did not fit", async () => {
    fromBob("one", "two", "three", "four");
    server.intercept = (frame, connection) => {
      if (frame.type !== "sync" || frame.from !== undefined) return false;
      const about = aboutBob({ lastSeq: 4 });
      const conversations = [{ ...about, entries: withBob().entries.slice(0, 2) }];
      connection.push({ type: "reply", id: frame.id, result: { conversations, next: WITH_BOB } });
      return true;
    };
    const alice = await openOnline();
    expect(syncs()[1]).toMatchObject({ from: WITH_BOB, cursors: { [WITH_BOB]: [1, 2] } });
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3, 4]);
    expect(histories()).toEqual([]);
  });

  test("gives a new device the newest entries; older ones are loaded on request", async () => {
    fromBob(...numbers(1, 130).map(String));
    const alice = await openOnline();
    expect(alice.seqs(WITH_BOB)).toEqual(numbers(106, 130));

    const [page, same] = await Promise.all([
      alice.client.loadOlder(WITH_BOB, 100),
      alice.client.loadOlder(WITH_BOB, 100),
    ]);
    expect(page.entries.map(({ seq }) => seq)).toEqual(numbers(6, 105));
    expect(page.more).toBe(true);
    expect(same).toBe(page);
    const rest = await alice.client.loadOlder(WITH_BOB);
    expect(rest.entries.map(({ seq }) => seq)).toEqual(numbers(1, 5));
    expect(await alice.client.loadOlder(WITH_BOB)).toEqual({ entries: [], more: false });
    expect(alice.seqs(WITH_BOB)).toEqual(numbers(106, 130));
  });

  test("is followed by the entries pushed meanwhile", async () => {
    fromBob("one", "two");
    const release = hold("sync");
    const alice = open();
    await eventually("the sync to arrive", () => syncs().length === 1);
    server.say("alice", "bob", "three");
    server.say("alice", "bob", "four");
    release();
    await eventually("all four", () => alice.seqs(WITH_BOB).length === 4);
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3, 4]);
  });

  test("runs when a push mentions an unknown conversation", async () => {
    const alice = await openOnline();
    fromBob("one", "two");
    server.say("alice", "bob", "three");
    await eventually("all three", () => alice.seqs(WITH_BOB).length === 3);
    expect(alice.events.findIndex(({ event }) => event === "conversation")).toBeLessThan(
      alice.events.findIndex(({ event }) => event === "entries"),
    );
  });

  test("reports a reset, after which entries begin where it says", async () => {
    fromBob("one", "two");
    const alice = await openOnline();
    fromBob(...numbers(3, 40).map(String));
    withBob().first = 30;
    server.cutAll();
    await eventually("the rest", () => alice.seqs(WITH_BOB).length === 13);
    expect(alice.of("reset")).toEqual([{ conversation: WITH_BOB, epoch: 1, seq: 29 }]);
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2, ...numbers(30, 40)]);
    expect(await alice.client.loadOlder(WITH_BOB)).toEqual({ entries: [], more: false });
  });

  test("continues in a new epoch without a reset if the position is still valid", async () => {
    fromBob("one", "two");
    const alice = await openOnline();
    server.intercept = (frame, connection) => {
      if (frame.type !== "sync") return false;
      const about = aboutBob({ epoch: 2, lastSeq: 3 });
      const conversations = [{ ...about, entries: withBob().entries.slice(2) }];
      connection.push({ type: "reply", id: frame.id, result: { conversations } });
      return true;
    };
    withBob().epoch = 2;
    server.say("alice", "bob", "three");
    await eventually("the third", () => alice.seqs(WITH_BOB).length === 3);
    expect(alice.seqs(WITH_BOB)).toEqual([1, 2, 3]);
    expect(alice.of("reset")).toEqual([]);
  });
});
