import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SendFrame, wireError } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { type Device, openDevice } from "./support/device.ts";
import { ScriptedServer } from "./support/scripted-server.ts";
import { conversationId } from "./support/server-log.ts";

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

/** The `send` frames as text, in the order in which they arrived. */
const sentTexts = () =>
  server.connections.flatMap(({ texts }) => texts.filter((text) => text.startsWith('{"type":"send"')));
const logTexts = () => server.logs.get(WITH_BOB)?.entries.map(({ body }) => (body as { text: string }).text);

/** Does something else with the first `send` than to answer it. */
function withFirstSend(handle: (frame: SendFrame, cut: () => void) => void): void {
  let first = true;
  server.intercept = (frame, connection) => {
    if (frame.type !== "send" || !first) return false;
    first = false;
    handle(frame, connection.cut);
    return true;
  };
}

describe("sending", () => {
  test("a text is acknowledged, stands in the log once, and reaches the peer", async () => {
    const bob = openDevice(server, "bob");
    await eventually("bob to be online", () => bob.client.state === "online");
    const { id, done } = alice.client.send({ user: "bob" }, "hello");
    await expect(done).resolves.toMatchObject({ id, conversation: WITH_BOB, seq: 1 });
    await eventually("bob to have it", () => bob.texts(WITH_BOB).length === 1);
    bob.client.close();

    expect(bob.texts(WITH_BOB)).toEqual(["hello"]);
    expect(bob.of("conversation")[0]).toMatchObject({ conversation: WITH_BOB, peer: "alice" });
    expect(alice.of("entries")).toMatchObject([{ entries: [{ seq: 1, id, sender: "alice", kind: "text" }] }]);
    // With views the conversation has changed once more before the ack is told.
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

  test("the first frame names the peer, later ones the conversation and the position held", async () => {
    await alice.client.send({ user: "bob" }, "one").done;
    await alice.client.send({ user: "bob" }, "two").done;
    await alice.client.send(WITH_BOB, "three").done;
    expect(server.sends()).toMatchObject([
      { to: { user: "bob" }, seen: 0 },
      { conversation: WITH_BOB, seen: [1, 1] },
      { conversation: WITH_BOB, seen: [1, 2] },
    ]);
  });

  test("what is written while a frame is under way shares the next ones", async () => {
    const sendings = Array.from({ length: 60 }, (_, index) =>
      alice.client.send({ user: "bob" }, `text ${index}`),
    );
    expect(alice.client.pending({ user: "bob" })).toHaveLength(60);
    await Promise.all(sendings.map(({ done }) => done));
    expect(server.sends().map(({ entries }) => entries.length)).toEqual([1, 25, 25, 9]);
    expect(logTexts()).toEqual(Array.from({ length: 60 }, (_, index) => `text ${index}`));
    expect(alice.texts(WITH_BOB)).toEqual(logTexts());
  });

  test("conversations do not wait for each other", async () => {
    server.intercept = (frame) => frame.type === "send" && "to" in frame && frame.to.user === "bob";
    alice.client.send({ user: "bob" }, "unanswered");
    await expect(alice.client.send({ user: "carol" }, "hi").done).resolves.toMatchObject({ seq: 1 });
  });

  test("written offline, it goes out with the next connection", async () => {
    server.refuseHandshakes = true;
    server.cutAll();
    await eventually("alice to be offline", () => alice.of("state").includes("offline"));
    const { done } = alice.client.send({ user: "bob" }, "from the tunnel");
    server.refuseHandshakes = false;
    await done;
    expect(logTexts()).toEqual(["from the tunnel"]);
  });
});

describe("a frame without an answer", () => {
  test("is sent again, verbatim, when its ack is late", async () => {
    const clockless = openDevice(server, "alice", { timings: { ackWithinMs: 30 } });
    let acks = 0;
    server.pushes = (frame) => frame.type !== "ack" || ++acks > 2;
    await clockless.client.send({ user: "bob" }, "twice lost").done;
    clockless.client.close();
    const texts = sentTexts();
    expect(texts.length).toBeGreaterThanOrEqual(3);
    expect(new Set(texts).size).toBe(1);
    expect(logTexts()).toEqual(["twice lost"]);
  });

  test("is sent again, verbatim, after a reconnect, even when others wrote meanwhile", async () => {
    server.logs.say(server.logs.between("alice", "bob"), "bob", "before");
    withFirstSend((_, cut) => {
      server.say("alice", "bob", "meanwhile");
      cut();
    });
    await alice.client.send({ user: "bob" }, "lost with the connection").done;
    const [first, again, ...more] = sentTexts();
    expect(again).toBe(first);
    expect(more).toEqual([]);
    expect(logTexts()).toEqual(["before", "meanwhile", "lost with the connection"]);
    expect(alice.texts(WITH_BOB)).toEqual(logTexts());
  });

  test("is not sent again when the sync shows its entries in the log", async () => {
    withFirstSend((frame, cut) => {
      server.logs.append(server.logs.between("alice", "bob"), "alice", frame.entries);
      cut();
    });
    await expect(alice.client.send({ user: "bob" }, "it was there").done).resolves.toMatchObject({ seq: 1 });
    expect(sentTexts()).toHaveLength(1);
    expect(alice.of("acknowledged")).toHaveLength(1);
    expect(alice.texts(WITH_BOB)).toEqual(["it was there"]);
  });
});

describe("an error", () => {
  test("that is temporary sends the same frame again", async () => {
    withFirstSend((frame) => {
      const ids = frame.entries.map(({ id }) => id);
      server.connections[0]?.push({
        type: "error",
        error: { ...wireError("unavailable"), retryAfterMs: 20 },
        ids,
      });
    });
    await alice.client.send({ user: "bob" }, "insisting").done;
    expect(new Set(sentTexts()).size).toBe(1);
    expect(sentTexts()).toHaveLength(2);
  });

  test("of API Gateway itself counts as a temporary one of the frame sent last", async () => {
    withFirstSend(() => {
      const message = { message: "Internal server error", connectionId: "c=", requestId: "r=" };
      server.connections[0]?.pushText(JSON.stringify(message));
    });
    await alice.client.send({ user: "bob" }, "insisting").done;
    expect(sentTexts()).toHaveLength(2);
  });

  test("that is permanent rejects these entries and lets the next ones pass", async () => {
    withFirstSend((frame) => {
      const ids = frame.entries.map(({ id }) => id);
      server.connections[0]?.push({
        type: "reject",
        conversation: WITH_BOB,
        ids,
        error: wireError("not_found"),
      });
    });
    const refused = alice.client.send({ user: "bob" }, "refused");
    const accepted = alice.client.send({ user: "bob" }, "accepted");
    await expect(refused.done).rejects.toMatchObject({ code: "not_found", temporary: false });
    await accepted.done;
    expect(alice.of("rejected")).toMatchObject([{ id: refused.id, error: { code: "not_found" } }]);
    expect(logTexts()).toEqual(["accepted"]);
  });

  test("that is about the token keeps the frame for the next connection", async () => {
    withFirstSend((frame) => {
      const ids = frame.entries.map(({ id }) => id);
      server.connections[0]?.push({ type: "error", error: wireError("unauthenticated"), ids });
    });
    await alice.client.send({ user: "bob" }, "with the next token").done;
    expect(server.handshakes).toBe(2);
    expect(new Set(sentTexts()).size).toBe(1);
  });

  test("stale: what is not in the log is sent in a new frame with a new position", async () => {
    await alice.client.send({ user: "bob" }, "one").done;
    withFirstSend((frame) => {
      const conversation = server.logs.between("alice", "bob");
      server.logs.say(conversation, "bob", "two", "three");
      const ids = frame.entries.map(({ id }) => id);
      server.connections[0]?.push({ type: "reject", conversation: WITH_BOB, ids, error: wireError("stale") });
    });
    await alice.client.send({ user: "bob" }, "four").done;
    expect(server.sends().map(({ seen }) => seen)).toEqual([0, [1, 1], [1, 3]]);
    expect(logTexts()).toEqual(["one", "two", "three", "four"]);
    expect(alice.texts(WITH_BOB)).toEqual(logTexts());
  });

  test("stale: what is in the log is found there, however far back, and not sent again", async () => {
    await alice.client.send({ user: "bob" }, "one").done;
    const conversation = server.logs.between("alice", "bob");
    withFirstSend((frame, cut) => {
      server.logs.append(conversation, "alice", frame.entries);
      // A restore: another epoch, and far too much after the position of the frame.
      server.logs.say(conversation, "bob", ...Array.from({ length: 240 }, (_, index) => `reply ${index}`));
      conversation.epoch = 2;
      cut();
      server.intercept = (again, connection) => {
        if (again.type !== "send") return false;
        const ids = again.entries.map(({ id }) => id);
        connection.push({ type: "reject", conversation: WITH_BOB, ids, error: wireError("stale") });
        return true;
      };
    });
    await expect(alice.client.send({ user: "bob" }, "two").done).resolves.toMatchObject({ seq: 2 });
    expect(alice.of("reset")).toMatchObject([{ conversation: WITH_BOB, epoch: 2, seq: 217 }]);
    expect(sentTexts().slice(1)).toHaveLength(2);
    expect(sentTexts()[2]).toBe(sentTexts()[1]);
  });
});
