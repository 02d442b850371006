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
});
