import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

const GROUP = `g${"x".repeat(43)}`;

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("the inbox", () => {
  test("counts unread entries of others, and fewer once they are read here or on another device", async () => {
    chat.open();
    await chat.wire.connect(withBob(3, { entries: entries(1, 3), readSeq: 1, unread: 2 }));
    expect(chat.info()?.unread).toBe(2);
    await chat.push(entry(4), entry(5, { sender: "alice" }));
    expect(chat.info()).toMatchObject({ unread: 3, preview: { seq: 5 } });
    await chat.receipt("alice", { readSeq: 2 });
    expect(chat.info()?.unread).toBe(2);
    await chat.push(entry(6, { kind: "delete", body: { of: 3 } }));
    expect(chat.info()?.unread).toBe(1);
    chat.conversation.markRead();
    expect(chat.info()).toMatchObject({ unread: 0, readSeq: 5 });
    expect(chat.wire.last.of("read")).toEqual([{ type: "read", conversation: WITH_BOB, seq: 5 }]);
  });

  test("sends a read receipt again that was lost with its connection", async () => {
    chat.open();
    await chat.wire.connect(withBob(3, { entries: entries(1, 3), unread: 3 }));
    chat.conversation.markRead(2);
    await chat.wire.last.cut();
    chat.clock.advance(1_000);
    await chat.wire.connect(withBob(3, { unread: 3 }));
    expect(chat.info()).toMatchObject({ readSeq: 2, unread: 1 });
    chat.clock.advance(1_000);
    expect(chat.wire.last.of("read")).toMatchObject([{ seq: 2 }]);
  });

  test("shows the log after a restore, even if the newest entry has the same seq as the one it replaces", async () => {
    chat.open();
    const preview = { seq: 2, sender: "bob", kind: "text", text: "text 2", sentAtMs: entry(2).sentAtMs };
    await chat.wire.connect(withBob(2, { entries: entries(1, 2), preview }));
    await chat.wire.last.push({ type: "pong", resync: true });
    const text = "new 2";
    const rewritten = entry(2, { id: "new-2", body: { text }, sentAtMs: preview.sentAtMs + 1 });
    const restored = { ...preview, text, sentAtMs: rewritten.sentAtMs };
    const page = { epoch: 2, reset: true, entries: [entry(1), rewritten], preview: restored };
    await chat.wire.last.answer("sync", { conversations: [withBob(2, page)] });
    expect(chat.alice.client.conversations).toMatchObject([{ preview: { text } }]);
    expect(chat.alice.of("conversation").at(-1)).toMatchObject({ preview: { text } });
  });

  test("loses a group that is forgotten, with its entries, and keeps one whose request is refused", async () => {
    chat.open();
    const about = {
      conversation: GROUP,
      kind: "group",
      ranges: [[1, 2] as [number, number]],
      title: "Lunch",
    };
    await chat.wire.connect(withBob(2, { ...about, entries: entries(1, 2) }));
    const { client } = chat.alice;
    const listed = () => client.conversations.map(({ conversation }) => conversation);
    const refused = expect(client.conversation(GROUP).forget()).rejects.toMatchObject({ code: "conflict" });
    await chat.wire.last.refuse("forget", "conflict");
    await refused;
    expect(listed()).toEqual([GROUP]);
    const forgotten = client.conversation(GROUP).forget();
    await chat.wire.last.answer("forget", {});
    await forgotten;
    expect(listed()).toEqual([]);
    expect(client.conversation(GROUP).view.getSnapshot().entries).toEqual([]);
  });

  test("lists the conversation with the newest entry first", async () => {
    chat.open();
    const preview = { seq: 1, sender: "carol", kind: "text", sentAtMs: 1_800_000_000_000 };
    const group = withBob(1, { conversation: GROUP, kind: "group", title: "Lunch", preview, memberCount: 3 });
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }), group);
    expect(chat.alice.client.inbox.getSnapshot().map(({ kind, title }) => [kind, title])).toEqual([
      ["group", "Lunch"],
      ["direct", undefined],
    ]);
  });
});
