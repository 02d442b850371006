import { describe, expect, test } from "vitest";
import { newEntry } from "../../../client/src/outbox/new-entry.ts";
import { SendQueue } from "../../../client/src/outbox/send-queue.ts";
import { conversationId } from "../support/server-log.ts";

const CONVERSATION = conversationId("alice", "bob");
const unseen = () => 0 as const;

describe("a send queue", () => {
  test("has one frame at its head, with the same text until every entry is answered", () => {
    const queue = new SendQueue({ conversation: CONVERSATION });
    queue.add(newEntry("a", "one"), 0);
    const first = queue.head(() => [1, 4]);
    queue.add(newEntry("b", "two"), 0);
    queue.add(newEntry("c", "three"), 0);
    expect(queue.head(() => [1, 9])).toBe(first);
    expect(queue.remove("a")).toMatchObject({ id: "a" });
    expect(queue.remove("a")).toBeUndefined();

    const second = queue.head(() => [1, 9]);
    expect(second).toMatchObject({ ids: ["b", "c"], seen: [1, 9] });
    queue.remove("b");
    expect(queue.head(unseen)).toBe(second);
    expect(queue.pending().map(({ id }) => id)).toEqual(["c"]);
  });

  test("treats entries with the same id as one, which one answer removes", () => {
    const queue = new SendQueue({ conversation: CONVERSATION });
    for (const text of ["one", "again"]) queue.add(newEntry("same", text), 0);
    queue.head(() => 0);
    expect(queue.remove("same")).toMatchObject({ id: "same" });
    expect(queue.pending()).toEqual([]);
    expect(queue.head(() => 0)).toBeUndefined();
  });

  test("puts the open entries of a withdrawn frame before those written after it", () => {
    const queue = new SendQueue({ conversation: CONVERSATION });
    for (const id of ["a", "b"]) queue.add(newEntry(id, id), 0);
    queue.head(() => [1, 1]);
    queue.add(newEntry("c", "c"), 0);
    queue.remove("a");
    queue.withdraw();
    expect(queue.head(() => [1, 8])).toMatchObject({ ids: ["b", "c"], seen: [1, 8] });
  });
});
