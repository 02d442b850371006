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

/** Draws rows as `day`, `unread`, `event`, or the seq of a message, in brackets where a block starts and ends. */
function draw(entries: readonly TimelineEntry[], readSeq = 100): string[] {
  return rowsOf(entries, { me: "alice", readSeq, nowMs: NOON + 60 * MINUTE_MS }).map((row) => {
    if (row.kind !== "message") return row.kind;
    return `${row.startsBlock ? "[" : ""}${row.entry.seq ?? row.entry.id}${row.endsBlock ? "]" : ""}`;
  });
}

describe("the message list", () => {
  test("puts consecutive messages of one sender into one block", () => {
    const entries = [entry(1, "bob", 0), entry(2, "bob", 1), entry(3, "alice", 2), entry(4, "bob", 3)];
    expect(draw(entries)).toEqual(["day", "[1", "2]", "[3]", "[4]"]);
  });

  test("ends a block after five minutes of silence, and at an event", () => {
    const entries = [
      entry(1, "bob", 0),
      entry(2, "bob", 5),
      entry(3, "bob", 6, { kind: "rename" }),
      entry(4, "bob", 6),
    ];
    expect(draw(entries)).toEqual(["day", "[1]", "[2]", "event", "[4]"]);
  });

  test("has a separator before each day that has messages", () => {
    const days = [0, 1, 1, 4].map((day, index) => entry(index + 1, "bob", day * 24 * 60 + index));
    expect(draw(days)).toEqual(["day", "[1]", "day", "[2", "3]", "day", "[4]"]);
  });

  test("marks the first unread message of others, even in the middle of a block", () => {
    const entries = [entry(1, "bob", 0), entry(2, "bob", 1), entry(3, "bob", 2)];
    expect(draw(entries, 1)).toEqual(["day", "[1]", "unread", "[2", "3]"]);
    expect(draw([entry(1, "bob", 0), entry(2, "alice", 1)], 1)).toEqual(["day", "[1]", "[2]"]);
  });

  test("marks nothing in a conversation that was never read", () => {
    expect(draw([entry(1, "bob", 0), entry(2, "bob", 1)], 0)).toEqual(["day", "[1", "2]"]);
  });

  test("treats a message that is still being sent as sent now", () => {
    const queued = entry(0, "alice", 0, { id: "new", seq: undefined, sentAtMs: undefined, status: "queued" });
    expect(draw([entry(1, "alice", 58), queued])).toEqual(["day", "[1", "new]"]);
    expect(draw([entry(1, "alice", 0), queued])).toEqual(["day", "[1]", "[new]"]);
  });

  test("shows a change of the group only once the server has accepted it", () => {
    const coming = entry(0, "alice", 1, { kind: "member.leave", seq: undefined, status: "failed" });
    expect(draw([entry(1, "bob", 0), coming])).toEqual(["day", "[1]"]);
  });

  test("keeps the key of an entry when it gets its sequence number", () => {
    const before = rowsOf([entry(0, "alice", 0, { id: "a", seq: undefined })], {
      me: "alice",
      readSeq: 0,
      nowMs: NOON,
    });
    const after = rowsOf([entry(7, "alice", 0, { id: "a" })], { me: "alice", readSeq: 0, nowMs: NOON });
    expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
  });
});
