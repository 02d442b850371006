import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireError } from "../../../../protocol/index.ts";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";
import { settled } from "../../support/wire.ts";
import { entries, WITH_BOB, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

/** Recipient, text and status of each conversation with unsent content. */
const unsent = () =>
  chat.alice.client.unsent
    .getSnapshot()
    .map(({ recipient, entry, status }) => [recipient, (entry.body as { text: string }).text, status]);

describe("the unsent messages of a list", () => {
  test("are the newest of each conversation, the one written last first, until they are in the log", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    await chat.wire.last.cut();
    const { client } = chat.alice;
    const seen: unknown[] = [];
    client.unsent.subscribe((list) => seen.push(list.length));
    client.send({ user: "bob" }, "one");
    client.send({ user: "carol" }, "two");
    expect(unsent()).toEqual([
      [{ user: "carol" }, "two", "queued"],
      [WITH_BOB, "one", "queued"],
    ]);
    client.send({ user: "bob" }, "three");
    expect(unsent()).toEqual([
      [WITH_BOB, "three", "queued"],
      [{ user: "carol" }, "two", "queued"],
    ]);
    await settled();
    chat.clock.advance(1_000);
    await chat.wire.connect(withBob(1));
    const [sent] = chat.wire.last.of("send").filter((frame) => "conversation" in frame);
    const acked = (sent?.entries ?? []).map(({ id }, index) => ({ id, seq: 2 + index, sentAtMs: 1 }));
    await chat.wire.last.push({ type: "ack", conversation: WITH_BOB, epoch: 1, entries: acked });
    expect(unsent()).toEqual([[{ user: "carol" }, "two", "queued"]]);
    await settled();
    expect(seen.at(-1)).toBe(1);
  });

  test("are not changes of another message, or of a group", async () => {
    chat.open();
    await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
    chat.conversation.react(1, "👍");
    chat.conversation.rename("Lunch");
    expect(unsent()).toEqual([]);
  });

  test("are failed if they were refused, until they are discarded", async () => {
    chat.open();
    await chat.wire.connect(withBob(0));
    const { id } = chat.conversation.send("hello");
    const error = wireError("blocked");
    await chat.wire.last.push({ type: "reject", conversation: WITH_BOB, ids: [id], error });
    expect(unsent()).toEqual([[WITH_BOB, "hello", "failed"]]);
    chat.conversation.discard(id);
    expect(unsent()).toEqual([]);
  });

  test("are there after a reload, without a connection", async () => {
    const kept = new MemoryStorage();
    const life = kept.life();
    chat.open({ storage: life });
    chat.conversation.send("before the reload");
    await settled();
    life.crash();
    chat.close();
    chat.open({ storage: kept.life(), token: () => new Promise(() => {}) });
    await settled();
    expect(unsent()).toEqual([[{ user: "bob" }, "before the reload", "queued"]]);
  });
});
