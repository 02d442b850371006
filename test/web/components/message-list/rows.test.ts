import { describe, expect, test } from "vitest";
import type { TimelineEntry } from "../../../../client/src/index.ts";
import { rowsOf } from "../../../../web/src/components/message-list/rows.ts";

const MINUTE_MS = 60_000;
const NOON = new Date(2026, 10, 22, 12).getTime();

function entry(
  seq: number,
  sender: string,
  minutes: number,
  changes: Partial<TimelineEntry> = {},
): TimelineEntry {
  const sentAtMs = NOON + minutes * MINUTE_MS;
  return {
    seq,
    id: `e${seq}`,
    sender,
    kind: "text",
    body: { text: "x" },
    sentAtMs,
    status: undefined,
    ...changes,
  };
}

/** `day`, `unread`, `event`, or of a message its seq, in brackets where a block begins and ends. */
function drawn(entries: readonly TimelineEntry[], readSeq = 100): string[] {
  return rowsOf(entries, { me: "alice", readSeq, nowMs: NOON + 60 * MINUTE_MS }).map((row) => {
    if (row.kind !== "message") return row.kind;
    return `${row.startsBlock ? "[" : ""}${row.entry.seq ?? row.entry.id}${row.endsBlock ? "]" : ""}`;
  });
}

describe("a thread", () => {
  test("puts what one person says at once into one block", () => {
    const entries = [entry(1, "bob", 0), entry(2, "bob", 1), entry(3, "alice", 2), entry(4, "bob", 3)];
    expect(drawn(entries)).toEqual(["day", "[1", "2]", "[3]", "[4]"]);
  });

  test("ends a block by five minutes of silence, and by an event", () => {
    const entries = [
      entry(1, "bob", 0),
      entry(2, "bob", 5),
      entry(3, "bob", 6, { kind: "rename" }),
      entry(4, "bob", 6),
    ];
    expect(drawn(entries)).toEqual(["day", "[1]", "[2]", "event", "[4]"]);
  });

  test("has a separator for every day, and none for days without a message", () => {
    const days = [0, 1, 1, 4].map((day, index) => entry(index + 1, "bob", day * 24 * 60 + index));
    expect(drawn(days)).toEqual(["day", "[1]", "day", "[2", "3]", "day", "[4]"]);
  });

  test("marks where the unread messages of others begin, in the middle of a block too", () => {
    const entries = [entry(1, "bob", 0), entry(2, "bob", 1), entry(3, "bob", 2)];
    expect(drawn(entries, 1)).toEqual(["day", "[1]", "unread", "[2", "3]"]);
    expect(drawn([entry(1, "bob", 0), entry(2, "alice", 1)], 1)).toEqual(["day", "[1]", "[2]"]);
  });

  test("marks nothing in a conversation that was never read", () => {
    expect(drawn([entry(1, "bob", 0), entry(2, "bob", 1)], 0)).toEqual(["day", "[1", "2]"]);
  });

  test("takes what is on its way for said now", () => {
    const queued = entry(0, "alice", 0, { id: "new", seq: undefined, sentAtMs: undefined, status: "queued" });
    expect(drawn([entry(1, "alice", 58), queued])).toEqual(["day", "[1", "new]"]);
    expect(drawn([entry(1, "alice", 0), queued])).toEqual(["day", "[1]", "[new]"]);
  });

  test("shows what changes the group when it has happened, and not before", () => {
    const coming = entry(0, "alice", 1, { kind: "member.leave", seq: undefined, status: "failed" });
    expect(drawn([entry(1, "bob", 0), coming])).toEqual(["day", "[1]"]);
  });

  test("keeps the key of an entry when it gets its place", () => {
    const before = rowsOf([entry(0, "alice", 0, { id: "a", seq: undefined })], {
      me: "alice",
      readSeq: 0,
      nowMs: NOON,
    });
    const after = rowsOf([entry(7, "alice", 0, { id: "a" })], { me: "alice", readSeq: 0, nowMs: NOON });
    expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
  });
});
