import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { entries, entry, withBob } from "../../support/with-bob.ts";

const GROUP = `g${"x".repeat(43)}`;

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("a group", () => {
  const placed = (id = "", seq = 1) =>
    chat.wire.last.push({
      type: "ack",
      conversation: GROUP,
      epoch: 1,
      entries: [{ id, seq, sentAtMs: seq }],
    });

  test("exists once the server has acknowledged it; the frame is sent again until then", async () => {
    chat.open();
    await chat.wire.connect();
    const creating = chat.alice.client.createGroup({ title: "Lunch", members: ["bob", "carol"] });
    await chat.wire.last.cut();
    chat.clock.advance(1_000);
    await chat.wire.connect();
    expect(chat.wire.ends.map((end) => end.of("create"))).toEqual([
      chat.wire.last.of("create"),
      chat.wire.last.of("create"),
    ]);
    await placed(chat.wire.last.of("create")[0]?.id);
    const group = await creating;
    expect(group.id).toBe(GROUP);
    expect(chat.info()).toMatchObject({
      kind: "group",
      title: "Lunch",
      role: "owner",
      memberCount: 3,
      unread: 0,
    });
    expect(group.view.getSnapshot().entries).toMatchObject([{ kind: "create", seq: 1, status: "sent" }]);
    expect(chat.alice.client.pending()).toEqual([]);
  });

  test("has title and reactions in NFC, however they were typed", async () => {
    chat.open();
    await chat.wire.connect();
    const creating = chat.alice.client.createGroup({ title: "Cafe\u0301", members: ["bob"] });
    await placed(chat.wire.last.of("create")[0]?.id);
    const group = await creating;
    for (const change of [
      () => group.rename("The\u0301"),
      () => group.react(1, "n\u0303"),
      () => group.unreact(1, "n\u0303"),
    ]) {
      change();
      await placed(chat.wire.last.of("send").at(-1)?.entries[0]?.id, 2);
    }
    expect(chat.wire.last.of("create")[0]?.title).toBe("Caf\u00e9");
    expect(chat.wire.last.of("send").flatMap(({ entries }) => entries.map(({ body }) => body))).toEqual([
      { title: "Th\u00e9" },
      { of: 1, key: "\u00f1" },
      { of: 1, key: "\u00f1", remove: true },
    ]);
  });

  test("that the server refuses leaves nothing pending", async () => {
    chat.open();
    await chat.wire.connect();
    const creating = chat.alice.client.createGroup({ members: ["bob"] });
    const refused = expect(creating).rejects.toMatchObject({ code: "blocked" });
    const ids = [chat.wire.last.of("create")[0]?.id ?? ""];
    await chat.wire.last.push({ type: "reject", conversation: GROUP, ids, error: wireError("blocked") });
    await refused;
    expect(chat.alice.client.pending()).toEqual([]);
  });

  test("is changed by entries that have their own frames and keep their order among the texts", async () => {
    chat.open();
    const state = { conversation: GROUP, kind: "group", role: "owner", memberCount: 2, title: "Lunch" };
    await chat.wire.connect(withBob(1, { ...state, entries: entries(1, 1) }));
    const group = chat.alice.client.conversation(GROUP);
    group.send("one");
    group.send("two");
    group.rename("Dinner");
    group.add(["dave", "erin"]);
    group.send("welcome");
    group.send("both");
    let seq = 1;
    for (let frames = 1; frames <= 9 && seq < 7; frames++) {
      const sent = chat.wire.last.of("send").at(-1)?.entries ?? [];
      const acked = sent.map(({ id }) => ({ id, seq: ++seq, sentAtMs: seq }));
      await chat.wire.last.push({ type: "ack", conversation: GROUP, epoch: 1, entries: acked });
    }
    const kinds = chat.wire.last.of("send").map((frame) => frame.entries.map(({ kind }) => kind));
    expect(kinds).toEqual([["text"], ["text"], ["rename"], ["member.add"], ["text", "text"]]);
    expect(chat.info()).toMatchObject({ title: "Dinner", memberCount: 4, left: false });
    await chat.wire.last.push({
      type: "entries",
      conversation: GROUP,
      epoch: 1,
      entries: [entry(8, { kind: "member.remove", body: { users: ["alice"] } })],
    });
    expect(chat.info()).toMatchObject({ left: true, role: undefined, memberCount: 3 });
  });
});
