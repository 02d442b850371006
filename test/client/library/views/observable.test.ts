import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { settled } from "../../support/wire.ts";
import { entries, entry, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("a snapshot", () => {
  test("is the same object until something has changed, and so is each of its entries", async () => {
    chat.open();
    await chat.wire.connect(withBob(2, { entries: entries(1, 2) }));
    const before = chat.conversation.view.getSnapshot();
    expect(chat.conversation.view.getSnapshot()).toBe(before);
    await chat.push(entry(3));
    const after = chat.conversation.view.getSnapshot();
    expect(after).not.toBe(before);
    expect(
      after.entries.slice(0, 2).map((shownEntry, index) => shownEntry === before.entries[index]),
    ).toEqual([true, true]);
    expect(before.entries).toHaveLength(2);
  });

  test("is passed to a subscriber at once, then once per turn, and not after the subscription ends", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    const counts: number[] = [];
    const stop = chat.conversation.view.subscribe(({ entries: now }) => counts.push(now.length));
    expect(counts).toEqual([1]);
    chat.conversation.send("one");
    chat.conversation.send("two");
    await settled();
    expect(counts).toEqual([1, 3]);
    stop();
    chat.conversation.send("three");
    await settled();
    expect(counts).toEqual([1, 3]);
  });

  test("is available for the state of the client, too", async () => {
    chat.open();
    const states: string[] = [];
    chat.alice.client.status.subscribe((state) => states.push(state));
    await chat.wire.connect();
    chat.alice.client.close();
    await settled();
    expect(states).toEqual(["connecting", "online", "ended"]);
  });
});
