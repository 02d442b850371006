import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { composeFrame } from "../../../client/src/outbox/compose-frame.ts";
import { newEntry } from "../../../client/src/outbox/new-entry.ts";
import { Outbox } from "../../../client/src/outbox/outbox.ts";
import { SendQueue } from "../../../client/src/outbox/send-queue.ts";
import { decodeClientFrame, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import { conversationId } from "../support/server-log.ts";

const CONVERSATION = conversationId("alice", "bob");
const unseen = () => 0 as const;

describe("batches", () => {
  test("every frame is one the protocol takes, and no entry is left out or repeated", () => {
    const text = fc.oneof(
      fc.string({ minLength: 1, maxLength: 50 }),
      fc.nat(LIMITS.textBytes - 1).map((length) => "x".repeat(length + 1)),
      fc.nat(5000).map((length) => "€".repeat(length + 1)),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (texts) => {
        let rest = texts.map((content, index) => newEntry(`e${index}`, content));
        const sent: string[] = [];
        while (rest.length > 0) {
          const frame = composeFrame({ conversation: CONVERSATION }, [1, 7], rest);
          expect(utf8Bytes(frame.text)).toBeLessThanOrEqual(LIMITS.frameBytes);
          expect(decodeClientFrame(frame.text)).toMatchObject({ seen: [1, 7], entries: frame.entries });
          sent.push(...frame.entries.map(({ id }) => id));
          // Greedy: the next entry would not have fitted.
          const following = rest[frame.entries.length];
          if (following !== undefined && frame.entries.length < LIMITS.entriesPerFrame) {
            const larger = utf8Bytes(frame.text) + utf8Bytes(JSON.stringify(following)) + 1;
            expect(larger).toBeGreaterThan(LIMITS.frameBytes - 2);
          }
          rest = rest.slice(frame.entries.length);
        }
        expect(sent).toEqual(texts.map((_, index) => `e${index}`));
      }),
      { numRuns: 50 },
    );
  });

  test("a text that no server would take is refused at once", () => {
    expect(() => newEntry("e", "")).toThrow(/not empty/);
    expect(() => newEntry("e", { kind: "x.big", body: "x".repeat(LIMITS.bodyBytes) })).toThrow(/at most/);
    expect(() => newEntry("e", { kind: "x.none", body: undefined })).toThrow(/JSON/);
    expect(() => newEntry("e", "x".repeat(LIMITS.textBytes + 1))).toThrow(/at most/);
    // Six bytes each as JSON.
    expect(() => newEntry("e", "\u0001".repeat(5000))).toThrow(/at most/);
  });
});

describe("a lane", () => {
  test("has one frame at its head, the same text until every entry has its answer", () => {
    const lane = new SendQueue({ conversation: CONVERSATION });
    lane.add(newEntry("a", "one"), 0);
    const first = lane.head(() => [1, 4]);
    lane.add(newEntry("b", "two"), 0);
    lane.add(newEntry("c", "three"), 0);
    expect(lane.head(() => [1, 9])).toBe(first);
    expect(lane.remove("a")).toMatchObject({ id: "a" });
    expect(lane.remove("a")).toBeUndefined();

    const second = lane.head(() => [1, 9]);
    expect(second).toMatchObject({ ids: ["b", "c"], seen: [1, 9] });
    lane.remove("b");
    expect(lane.head(unseen)).toBe(second);
    expect(lane.pending().map(({ id }) => id)).toEqual(["c"]);
  });

  test("takes an id that was given twice for one entry, which one answer settles", () => {
    const lane = new SendQueue({ conversation: CONVERSATION });
    for (const text of ["one", "again"]) lane.add(newEntry("same", text), 0);
    lane.head(() => 0);
    expect(lane.remove("same")).toMatchObject({ id: "same" });
    expect(lane.pending()).toEqual([]);
    expect(lane.head(() => 0)).toBeUndefined();
  });

  test("puts what a withdrawn frame left open before what was written after it", () => {
    const lane = new SendQueue({ conversation: CONVERSATION });
    for (const id of ["a", "b"]) lane.add(newEntry(id, id), 0);
    lane.head(() => [1, 1]);
    lane.add(newEntry("c", "c"), 0);
    lane.remove("a");
    lane.withdraw();
    expect(lane.head(() => [1, 8])).toMatchObject({ ids: ["b", "c"], seen: [1, 8] });
  });
});

describe("the outbox", () => {
  test("does not send what is met in the log while it waits behind a frame: another device may use the same id", () => {
    const outbox = new Outbox();
    const lane = outbox.add(CONVERSATION, newEntry("a", "a"), 0);
    lane.head(unseen);
    for (const id of ["b", "c"]) outbox.add(CONVERSATION, newEntry(id, id), 0);
    expect(outbox.remove("b")).toMatchObject({ id: "b" });
    outbox.remove("a");
    expect(lane.head(() => [1, 2])?.ids).toEqual(["c"]);
  });

  test("a lane goes by the peer until the conversation is known", () => {
    const outbox = new Outbox();
    const lane = outbox.add({ user: "bob" }, newEntry("a", "a"), 0);
    const frame = lane.head(unseen);
    expect(JSON.parse(frame?.text ?? "")).toMatchObject({ to: { user: "bob" }, seen: 0 });

    outbox.linkPeer("bob", CONVERSATION);
    expect(outbox.add(CONVERSATION, newEntry("b", "b"), 0)).toBe(lane);
    expect(lane.head(unseen)).toBe(frame);
    outbox.remove("a");
    expect(JSON.parse(lane.head(unseen)?.text ?? "")).toMatchObject({ conversation: CONVERSATION });
  });

  test("two lanes that turn out to be one conversation keep one frame under way", () => {
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
