import { afterEach, beforeEach, expect, test } from "vitest";
import { ChatWithBob } from "../../support/chat-with-bob.ts";
import { settled } from "../../support/wire.ts";
import { entries, entry, withBob } from "../../support/with-bob.ts";

let chat: ChatWithBob;

beforeEach(() => {
  chat = new ChatWithBob();
});

afterEach(() => chat.close());

test("history yields entries from new to old, and stops when the signal aborts", async () => {
  chat.open();
  await chat.wire.connect(withBob(150, { entries: entries(126, 150) }));
  const stop = new AbortController();
  const seqs: number[] = [];
  const reading = (async () => {
    for await (const { seq } of chat.conversation.history({ signal: stop.signal })) {
      seqs.push(seq);
      if (seqs.length === 120) stop.abort();
    }
  })();
  const stopped = expect(reading).rejects.toMatchObject({ name: "AbortError" });
  await settled();
  const result = { epoch: 1, lastSeq: 150, first: 1 };
  await chat.wire.last.answer("history", { ...result, entries: entries(51, 150), more: true });
  expect(chat.wire.last.of("history").at(-1)).toMatchObject({ before: 51 });
  await chat.wire.last.answer("history", { ...result, entries: entries(1, 50), more: false });
  await stopped;
  expect(seqs).toEqual(Array.from({ length: 120 }, (_, index) => 150 - index));
});

test("a conversation without subscribers holds a few hundred entries, and loads older ones again", async () => {
  chat.open();
  await chat.wire.connect(withBob(1, { entries: entries(1, 1) }));
  for (let seq = 2; seq <= 1_001; seq++) await chat.push(entry(seq));
  expect(chat.entries()).toHaveLength(500);
  const loading = chat.conversation.loadOlder();
  await settled();
  expect(chat.wire.last.of("history")).toMatchObject([{ before: 502 }]);
  const page = { epoch: 1, lastSeq: 1_001, first: 1, entries: entries(452, 501), more: true };
  await chat.wire.last.answer("history", page);
  await expect(loading).resolves.toBe(true);
  expect(chat.entries()[0]?.seq).toBe(452);
});
