import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("a typing indicator", () => {
  test("is shown for six seconds, or until its user has sent an entry", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    const typing = () => chat.conversation.view.getSnapshot().typing;
    const types = () => chat.wire.last.push({ type: "typing", conversation: WITH_BOB, user: "bob" });
    await types();
    chat.clock.advance(5_000);
    await types();
    chat.clock.advance(5_999);
    expect(typing()).toEqual(["bob"]);
    chat.clock.advance(1);
    expect(typing()).toEqual([]);
    await types();
    await chat.push(entry(2));
    expect(typing()).toEqual([]);
  });

  test("is sent every three seconds at most", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    for (let key = 0; key < 7; key++) {
      chat.conversation.typing();
      chat.clock.advance(500);
    }
    expect(chat.wire.last.of("typing")).toHaveLength(2);
  });

  test("is sent again at once after an entry, as soon as that is in the log: others remove the first one with it", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    const { conversation } = chat;
    const isSent = (times: number) => expect(chat.wire.last.of("typing")).toHaveLength(times);
    conversation.typing();
    isSent(1);
    conversation.send("hello");
    // Others would remove this one too: it may arrive before the entry.
    conversation.typing();
    isSent(1);
    await chat.ack(2);
    conversation.typing();
    isSent(2);
    conversation.typing();
    isSent(2);
    conversation.react(1, "👍");
    await chat.ack(3);
    conversation.typing();
    isSent(3);
  });
});
