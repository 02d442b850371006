import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../support/eventually.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ScriptedServer } from "../../support/scripted-server.ts";
import { conversationId } from "../../support/server-log.ts";

const WITH_BOB = conversationId("alice", "bob");

let server: ScriptedServer;
let alice: Device;

beforeEach(async () => {
  server = await new ScriptedServer().start();
  alice = openDevice(server, "alice");
  await eventually("alice to be online", () => alice.client.state === "online");
});

afterEach(async () => {
  alice.client.close();
  await server.stop();
});

const logTexts = () => server.logs.get(WITH_BOB)?.entries.map(({ body }) => (body as { text: string }).text);

describe("an unanswered frame", () => {
  test("is sent again, verbatim, if its ack is late", async () => {
    const device = openDevice(server, "alice", { timings: { ackWithinMs: 30 } });
    let acks = 0;
    server.pushes = (frame) => frame.type !== "ack" || ++acks > 2;
    await device.client.send({ user: "bob" }, "twice lost").done;
    device.client.close();
    const texts = server.sentTexts();
    expect(texts.length).toBeGreaterThanOrEqual(3);
    expect(new Set(texts).size).toBe(1);
    expect(logTexts()).toEqual(["twice lost"]);
  });

  test("is sent again, verbatim, after a reconnect, even if others wrote meanwhile", async () => {
    server.logs.say(server.logs.between("alice", "bob"), "bob", "before");
    server.interceptFirstSend((_, cut) => {
      server.say("alice", "bob", "meanwhile");
      cut();
    });
    await alice.client.send({ user: "bob" }, "lost with the connection").done;
    const [first, again, ...more] = server.sentTexts();
    expect(again).toBe(first);
    expect(more).toEqual([]);
    expect(logTexts()).toEqual(["before", "meanwhile", "lost with the connection"]);
    expect(alice.texts(WITH_BOB)).toEqual(logTexts());
  });

  test("is not sent again if the sync shows its entries in the log", async () => {
    server.interceptFirstSend((frame, cut) => {
      server.logs.append(server.logs.between("alice", "bob"), "alice", frame.entries);
      cut();
    });
    await expect(alice.client.send({ user: "bob" }, "it was there").done).resolves.toMatchObject({ seq: 1 });
    expect(server.sentTexts()).toHaveLength(1);
    expect(alice.of("acknowledged")).toHaveLength(1);
    expect(alice.texts(WITH_BOB)).toEqual(["it was there"]);
  });
});
