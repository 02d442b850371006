import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
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

describe("an error about a frame", () => {
  test("that is temporary causes the same frame to be sent again", async () => {
    server.interceptFirstSend((frame) => {
      const ids = frame.entries.map(({ id }) => id);
      server.connections[0]?.push({
        type: "error",
        error: { ...wireError("unavailable"), retryAfterMs: 20 },
        ids,
      });
    });
    await alice.client.send({ user: "bob" }, "insisting").done;
    expect(new Set(server.sentTexts()).size).toBe(1);
    expect(server.sentTexts()).toHaveLength(2);
  });

  test("of API Gateway itself counts as a temporary one about the frame sent last", async () => {
    server.interceptFirstSend(() => {
      const message = { message: "Internal server error", connectionId: "c=", requestId: "r=" };
      server.connections[0]?.pushText(JSON.stringify(message));
    });
    await alice.client.send({ user: "bob" }, "insisting").done;
    expect(server.sentTexts()).toHaveLength(2);
  });

  test("that is permanent rejects its entries, and the next ones are sent", async () => {
    server.interceptFirstSend((frame) => {
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

  test("that is about the token leaves the frame to the next connection", async () => {
    server.interceptFirstSend((frame) => {
      const ids = frame.entries.map(({ id }) => id);
      server.connections[0]?.push({ type: "error", error: wireError("unauthenticated"), ids });
    });
    await alice.client.send({ user: "bob" }, "with the next token").done;
    expect(server.handshakes).toBe(2);
    expect(new Set(server.sentTexts()).size).toBe(1);
  });

  test("that says stale causes entries not in the log to be sent in a new frame with a new position", async () => {
    await alice.client.send({ user: "bob" }, "one").done;
    server.interceptFirstSend((frame) => {
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

  test("that says stale causes entries in the log to be found there, however far back, and not sent again", async () => {
    await alice.client.send({ user: "bob" }, "one").done;
    const conversation = server.logs.between("alice", "bob");
    server.interceptFirstSend((frame, cut) => {
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
    expect(server.sentTexts().slice(1)).toHaveLength(2);
    expect(server.sentTexts()[2]).toBe(server.sentTexts()[1]);
  });
});
