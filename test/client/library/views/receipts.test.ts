import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { entries, entry, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("a client", () => {
  test("sends delivered receipts after a second, and the highest read receipt once a second", async () => {
    chat.open({ delivered: true });
    await chat.wire.connect(withBob(3, { entries: entries(1, 3), unread: 3 }));
    expect(chat.wire.last.of("delivered")).toEqual([]);
    chat.clock.advance(1_000);
    expect(chat.wire.last.of("delivered").map(({ seq }) => seq)).toEqual([3]);
    chat.clock.advance(1_000);
    for (const seq of [1, 2, 3]) chat.conversation.markRead(seq);
    chat.clock.advance(1_000);
    expect(chat.wire.last.of("read").map(({ seq }) => seq)).toEqual([1, 3]);
    await chat.push(entry(4));
    chat.conversation.markRead(4);
    chat.clock.advance(2_000);
    // An entry that was read needs no delivered receipt.
    expect(chat.wire.last.of("delivered")).toHaveLength(1);
    expect(chat.wire.last.of("read").map(({ seq }) => seq)).toEqual([1, 3, 4]);
  });

  test("that has received from a thousand conversations spreads its receipts", async () => {
    chat.open({ delivered: true });
    const conversations = Array.from({ length: 1_000 }, (_, index) => ({
      ...withBob(1, { entries: entries(1, 1), unread: 1 }),
      conversation: `d${String(index).padStart(43, "0")}`,
      peer: `peer ${index}`,
    }));
    await chat.wire.connect(...conversations);
    const sent = () => chat.wire.last.of("delivered").length;
    chat.clock.advance(1_000);
    expect(sent()).toBe(10);
    chat.clock.advance(1_000);
    expect(sent()).toBe(20);
  });
});
