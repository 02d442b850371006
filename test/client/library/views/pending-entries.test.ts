import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";
import { settled } from "../../support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("an entry that is not in the log yet", () => {
  test("is shown at the end, and stays in place when sent, delivered and read", async () => {
    chat.open();
    const sending = chat.conversation.send("hello");
    const states: string[] = [];
    sending.subscribe((state) => states.push(state));
    expect(chat.lines()).toEqual([[undefined, "hello", "queued"]]);
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    expect(chat.lines()).toEqual([
      [1, "text 1", undefined],
      [undefined, "hello", "queued"],
    ]);
    await chat.push(entry(2));
    await chat.ack(3);
    expect(chat.lines().at(-1)).toEqual([3, "hello", "sent"]);
    expect(chat.entries().filter(({ id }) => id === sending.id)).toHaveLength(1);
    await expect(sending.seq).resolves.toBe(3);
    await chat.receipt("bob", { deliveredSeq: 3 });
    await chat.receipt("bob", { readSeq: 3 });
    // A receipt that was overtaken: the higher one counts.
    await chat.receipt("bob", { readSeq: 1 });
    expect(states).toEqual(["queued", "sent", "delivered", "read"]);
    expect(sending.state).toBe("read");
  });

  test("stays in the view when its ack overtakes an earlier entry", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    chat.conversation.edit(1, "better");
    await chat.ack(2);
    const sending = chat.conversation.send("hello");
    await chat.ack(4);
    chat.conversation.edit(4, "hello Bob");
    await chat.ack(5);
    const own = chat.entries().at(-1);
    expect(own).toMatchObject({ id: sending.id, seq: 4, body: { text: "hello Bob" }, status: "sent" });
    await chat.push(entry(3));
    expect(chat.lines().map(([seq]) => seq)).toEqual([1, 3, 4]);
    expect(chat.lines().at(-1)).toEqual([4, "hello Bob", "sent"]);
  });

  test("stays in the view with the error when it is refused, until it is discarded", async () => {
    chat.open();
    await chat.wire.connect(withBob(0));
    const sending = chat.conversation.send("hello");
    const error = wireError("blocked");
    await chat.wire.last.push({ type: "reject", conversation: WITH_BOB, ids: [sending.id], error });
    expect(sending.state).toBe("failed");
    expect(chat.entries()).toMatchObject([{ id: sending.id, status: "failed", error: { code: "blocked" } }]);
    await expect(sending.seq).rejects.toMatchObject({ code: "blocked" });
    chat.conversation.discard(sending.id);
    expect(chat.entries()).toEqual([]);
  });

  test("is shown by the next client at once, without a connection", async () => {
    const kept = new MemoryStorage();
    const life = kept.life();
    chat.open({ storage: life });
    chat.conversation.send("one");
    await settled();
    life.crash();
    chat.alice.client.close();
    chat.open({ storage: kept.life(), token: () => new Promise(() => {}) });
    await settled();
    chat.conversation.send("two");
    expect(chat.entries()).toMatchObject([
      { body: { text: "one" }, sender: "alice", status: "queued" },
      { body: { text: "two" }, status: "queued" },
    ]);
    expect(chat.alice.client.pending()).toHaveLength(2);
  });

  test.each([
    { what: "empty", text: "", code: "malformed" },
    { what: "too large", text: "€".repeat(6_000), code: "too_large" },
    { what: "too large in JSON", text: "\n".repeat(16_000), code: "too_large" },
  ])("is not made of a text that is $what, neither a new one nor a changed one", async ({ text, code }) => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    const { conversation } = chat;
    expect(() => conversation.send(text)).toThrow(expect.objectContaining({ code }));
    expect(() => conversation.edit(1, text)).toThrow(expect.objectContaining({ code }));
    expect(chat.lines()).toEqual([[1, "text 1", undefined]]);
  });

  test("is shown as its effect if it changes another entry", async () => {
    chat.open();
    await chat.wire.connect(withBob(2, { entries: [entry(1), entry(2, { sender: "alice" })] }));
    chat.conversation.edit(2, "better");
    chat.conversation.react(1, "👍");
    expect(chat.lines()).toEqual([
      [1, "text 1", undefined],
      [2, "better", "sent"],
    ]);
    expect(chat.entries()[0]?.reactions).toEqual({ "👍": ["alice"] });
    const [first] = chat.wire.last.of("send");
    const error = wireError("conflict");
    await chat.wire.last.push({
      type: "reject",
      conversation: WITH_BOB,
      ids: [first?.entries[0]?.id ?? ""],
      error,
    });
    expect(chat.lines()[1]).toEqual([2, "text 2", "sent"]);
    await chat.ack(3);
    expect(chat.entries()[0]?.reactions).toEqual({ "👍": ["alice"] });
    expect(chat.entries().filter(({ status }) => status !== "failed")).toHaveLength(2);
  });
});
