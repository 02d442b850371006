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

describe("a text", () => {
  test("is acknowledged, is in the log once, and reaches the peer", async () => {
    const bob = openDevice(server, "bob");
    await eventually("bob to be online", () => bob.client.state === "online");
    const { id, done } = alice.client.send({ user: "bob" }, "hello");
    await expect(done).resolves.toMatchObject({ id, conversation: WITH_BOB, seq: 1 });
    await eventually("bob to have it", () => bob.texts(WITH_BOB).length === 1);
    bob.client.close();

    expect(bob.texts(WITH_BOB)).toEqual(["hello"]);
    expect(bob.of("conversation")[0]).toMatchObject({ conversation: WITH_BOB, peer: "alice" });
    expect(alice.of("entries")).toMatchObject([{ entries: [{ seq: 1, id, sender: "alice", kind: "text" }] }]);
    // With views the conversation changes once more before `acknowledged` is emitted.
    const events = alice.events.map(({ event }) => event);
    expect(events.toSpliced(4, events.length - 5)).toEqual([
      "state",
      "state",
      "conversation",
      "entries",
      "acknowledged",
    ]);
    expect(alice.client.pending()).toEqual([]);
  });

  test("is addressed to the peer at first, then to the conversation with the current position", async () => {
    await alice.client.send({ user: "bob" }, "one").done;
    await alice.client.send({ user: "bob" }, "two").done;
    await alice.client.send(WITH_BOB, "three").done;
    expect(server.sends()).toMatchObject([
      { to: { user: "bob" }, seen: 0 },
      { conversation: WITH_BOB, seen: [1, 1] },
      { conversation: WITH_BOB, seen: [1, 2] },
    ]);
  });

  test("shares the next frames with others that were written while one was under way", async () => {
    const sendings = Array.from({ length: 60 }, (_, index) =>
      alice.client.send({ user: "bob" }, `text ${index}`),
    );
    expect(alice.client.pending({ user: "bob" })).toHaveLength(60);
    await Promise.all(sendings.map(({ done }) => done));
    expect(server.sends().map(({ entries }) => entries.length)).toEqual([1, 25, 25, 9]);
    expect(logTexts()).toEqual(Array.from({ length: 60 }, (_, index) => `text ${index}`));
    expect(alice.texts(WITH_BOB)).toEqual(logTexts());
  });

  test("does not wait for other conversations", async () => {
    server.intercept = (frame) => frame.type === "send" && "to" in frame && frame.to.user === "bob";
    alice.client.send({ user: "bob" }, "unanswered");
    await expect(alice.client.send({ user: "carol" }, "hi").done).resolves.toMatchObject({ seq: 1 });
  });

  test("written offline goes out with the next connection", async () => {
    server.refuseHandshakes = true;
    server.cutAll();
    await eventually("alice to be offline", () => alice.of("state").includes("offline"));
    const { done } = alice.client.send({ user: "bob" }, "from the tunnel");
    server.refuseHandshakes = false;
    await done;
    expect(logTexts()).toEqual(["from the tunnel"]);
  });
});
