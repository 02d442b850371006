import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { entries, entry, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

describe("an edit, reaction or delete by others", () => {
  const change = (seq: number, kind: string, body: object, sender = "bob") =>
    entry(seq, { kind, body, sender });

  test("is applied to its entry, in the order of the log", async () => {
    chat.open();
    await chat.wire.connect(withBob(2, { entries: entries(1, 2) }));
    await chat.push(
      change(3, "edit", { of: 1, text: "better" }),
      change(4, "reaction", { of: 1, key: "👍" }),
      change(5, "reaction", { of: 1, key: "👍" }, "alice"),
      change(6, "reaction", { of: 1, key: "👍", remove: true }),
      change(7, "delete", { of: 2 }),
      change(8, "edit", { of: 2, text: "too late" }),
    );
    expect(chat.entries()).toMatchObject([
      { seq: 1, body: { text: "better" }, editSeq: 3, reactions: { "👍": ["alice"] } },
      { seq: 2, body: null, deletedAtMs: 1_700_000_000_007 },
    ]);
    expect(chat.info()?.preview).toMatchObject({ seq: 2 });
    expect(chat.info()?.preview).not.toHaveProperty("text");
  });

  test("takes away the reaction of the user whom an admin names", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    await chat.push(
      change(2, "reaction", { of: 1, key: "👍" }),
      change(3, "reaction", { of: 1, key: "👍" }, "carol"),
      change(4, "reaction", { of: 1, key: "👍", remove: true, user: "carol" }),
    );
    expect(chat.entries()).toMatchObject([{ seq: 1, reactions: { "👍": ["bob"] } }]);
  });

  test("is applied once to an older entry, whether the server read that before or after the change", async () => {
    chat.open();
    await chat.wire.connect(withBob(30, { entries: entries(11, 30) }));
    expect(chat.conversation.view.getSnapshot().more).toBe(true);
    const loading = chat.conversation.loadOlder();
    // The requested page was read before the first change, and contains a newer edit than the second one.
    await chat.push(change(31, "edit", { of: 9, text: "new" }), change(32, "edit", { of: 10, text: "old" }));
    const page = entries(1, 10).with(9, entry(10, { body: { text: "newer" }, editSeq: 33 }));
    await chat.wire.last.answer("history", { epoch: 1, lastSeq: 33, first: 1, entries: page, more: false });
    await expect(loading).resolves.toBe(false);
    expect(chat.lines().slice(8, 11)).toEqual([
      [9, "new", undefined],
      [10, "newer", undefined],
      [11, "text 11", undefined],
    ]);
    expect(chat.conversation.view.getSnapshot().more).toBe(false);
  });
});
