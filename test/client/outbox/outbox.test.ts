import { describe, expect, test } from "vitest";
import { newEntry } from "../../../client/src/outbox/new-entry.ts";
import { Outbox } from "../../../client/src/outbox/outbox.ts";
import { conversationId } from "../support/server-log.ts";

const CONVERSATION = conversationId("alice", "bob");
const unseen = () => 0 as const;

describe("the outbox", () => {
  test("does not send an entry found in the log while it waits: another client may have sent it", () => {
    const outbox = new Outbox();
    const queue = outbox.add(CONVERSATION, newEntry("a", "a"), 0);
    queue.head(unseen);
    for (const id of ["b", "c"]) outbox.add(CONVERSATION, newEntry(id, id), 0);
    expect(outbox.remove("b")).toMatchObject({ id: "b" });
    outbox.remove("a");
    expect(queue.head(() => [1, 2])?.ids).toEqual(["c"]);
  });

  test("keys a queue by the peer until the conversation is known", () => {
    const outbox = new Outbox();
    const queue = outbox.add({ user: "bob" }, newEntry("a", "a"), 0);
    const frame = queue.head(unseen);
    expect(JSON.parse(frame?.text ?? "")).toMatchObject({ to: { user: "bob" }, seen: 0 });

    outbox.linkPeer("bob", CONVERSATION);
    expect(outbox.add(CONVERSATION, newEntry("b", "b"), 0)).toBe(queue);
    expect(queue.head(unseen)).toBe(frame);
    outbox.remove("a");
    expect(JSON.parse(queue.head(unseen)?.text ?? "")).toMatchObject({ conversation: CONVERSATION });
  });

  test("merges two queues of one conversation, with one frame under way", () => {
    const outbox = new Outbox();
    const known = outbox.add(CONVERSATION, newEntry("a", "a"), 0);
    const named = outbox.add({ user: "bob" }, newEntry("b", "b"), 0);
    const first = known.head(unseen);
    const second = named.head(unseen);

    expect(outbox.linkPeer("bob", CONVERSATION)).toEqual({ absorbed: named, survivor: known });
    expect(outbox.findQueue("b")).toBe(known);
    expect(known.head(unseen)).toBe(first);
    outbox.remove("a");
    expect(known.head(unseen)).toBe(second);
    expect(outbox.queues()).toEqual([known]);
  });
});
