import { expect, test } from "vitest";
import { messageJson } from "../../../functions/adapters/message-json.ts";
import { committedEvents, undeliveredEvents } from "../../../functions/core/delivery/events.ts";
import type { Member } from "../../../functions/ports/conversation-log.ts";
import type { ChatEvent } from "../../../functions/ports/events.ts";
import { type Entry, LIMITS, utf8Bytes } from "../../../protocol/index.ts";

const SNS_BYTES = 256 * 1024;
/** The largest character once it is escaped: three bytes become six. */
const NONCHARACTER = "\uffff";
const deps = { events: new Set(["message.committed", "message.undelivered"] as const) };
const head = { kind: "group", title: undefined, epoch: 1 } as const;

const largeEntry = (_: unknown, index: number): Entry => ({
  seq: index + 1,
  id: String(index),
  sender: "alice",
  kind: "text",
  sentAtMs: 1,
  body: { text: NONCHARACTER.repeat(LIMITS.textBytes / 3) },
});

function expectToFit(events: readonly ChatEvent[]): void {
  for (const event of events) expect(utf8Bytes(messageJson(event))).toBeLessThan(SNS_BYTES - 1024);
}

test("events about the largest entries fit into messages of SNS, and lose none", () => {
  const entries = Array.from({ length: 250 }, largeEntry);
  const events = committedEvents(deps, { conversation: "c", head, entries });
  expectToFit(events);
  const seqs = events.flatMap((event) => (event.type === "message.committed" ? event.entries : []));
  expect(seqs.map(({ seq }) => seq)).toEqual(entries.map(({ seq }) => seq));
});

test("events about many users with long ids fit into messages of SNS, and name each user once", () => {
  const entries = Array.from({ length: LIMITS.entriesPerFrame }, largeEntry);
  const offline = Array.from({ length: 600 }, (_, index): Member => {
    const user = `${index}-`.padEnd(LIMITS.userIdLength, NONCHARACTER);
    return { user, role: "member", ranges: [[1]] };
  });
  const events = undeliveredEvents(deps, { conversation: "c", head, entries }, offline);
  expectToFit(events);
  const users = events.flatMap((event) => (event.type === "message.undelivered" ? event.users : []));
  expect(users).toEqual(offline.map(({ user }) => user));
});

test("members who miss the same messages share one event", () => {
  const entries = Array.from({ length: 2 }, largeEntry);
  const offline = ["bob", "carol"].map((user): Member => ({ user, role: "member", ranges: [[1]] }));
  const events = undeliveredEvents(deps, { conversation: "c", head, entries }, offline);
  expect(events).toMatchObject([{ users: ["bob", "carol"], messages: [{ seq: 1 }, { seq: 2 }] }]);
});

test("events about messages of control characters fit into messages of SNS, and lose none", () => {
  const entries = Array.from(
    { length: 10 * LIMITS.entriesPerFrame },
    (_, index): Entry => ({
      ...largeEntry(undefined, index),
      sender: NONCHARACTER.repeat(LIMITS.userIdLength),
      body: { text: "\u0001".repeat(LIMITS.previewBytes) },
    }),
  );
  const users = Array.from({ length: 300 }, (_, index) =>
    `${index}-`.padEnd(LIMITS.userIdLength, NONCHARACTER),
  );
  const offline = users.map((user): Member => ({ user, role: "member", ranges: [[1]] }));
  const events = undeliveredEvents(deps, { conversation: "c", head, entries }, offline);
  expectToFit(events);
  const told = events.flatMap((event) =>
    event.type === "message.undelivered"
      ? event.users.flatMap((user) => event.messages.map(({ seq }) => `${seq} ${user}`))
      : [],
  );
  expect(told).toHaveLength(users.length * entries.length);
  expect(new Set(told).size).toBe(told.length);
});
