import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "../../../client/src/index.ts";
import { ConversationLog } from "../../../client/src/sync/conversation-log.ts";

const entry = (seq: number): Entry => ({
  seq,
  id: `e${seq}`,
  sender: "bob",
  kind: "text",
  body: {},
  sentAtMs: seq,
});
const seqs = (entries: readonly Entry[]) => entries.map(({ seq }) => seq);

describe("the log of a conversation", () => {
  test("releases every entry once and in order from any mix of pushes, acks and history replies", () => {
    const length = 30;
    const written = Array.from({ length }, (_, index) => entry(index + 1));
    const piece = fc.record({
      from: fc.integer({ min: 0, max: length - 1 }),
      count: fc.integer({ min: 1, max: 8 }),
      // History continues at the position of the device when the reply arrives.
      how: fc.constantFrom("push", "ack", "history"),
    });
    const run = fc.record({
      startSeq: fc.integer({ min: 0, max: length }),
      startedAt: fc.integer({ min: 0, max: 10 }),
      pieces: fc.array(piece, { maxLength: 60 }),
    });

    fc.assert(
      fc.property(run, ({ startSeq, startedAt, pieces }) => {
        const log = new ConversationLog();
        const out: Entry[] = [];
        const begin = Math.min(startedAt, pieces.length);
        pieces.forEach(({ from, count, how }, index) => {
          if (index === begin) out.push(...log.start(1, startSeq));
          const first = how === "history" ? log.appliedSeq : from;
          // An ack's entries may come in any order.
          const entries = written.slice(first, first + count);
          out.push(...log.receive(1, how === "ack" ? entries.reverse() : entries));
        });
        if (begin === pieces.length) out.push(...log.start(1, startSeq));
        log.noteLastSeq(1, length);
        expect(log.hasHole).toBe(log.appliedSeq < length);
        expect(seqs(out)).toEqual(seqs(written.slice(startSeq, log.appliedSeq)));
        out.push(...log.receive(1, written.slice(log.appliedSeq)));
        expect(seqs(out)).toEqual(seqs(written.slice(startSeq)));
        expect(log.hasHole).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test("ignores entries of an older epoch", () => {
    const log = new ConversationLog();
    log.start(2, 3);
    expect(log.receive(1, [entry(4)])).toEqual([]);
    expect(log.appliedSeq).toBe(3);
  });

  test("holds entries of a newer epoch until that epoch is entered", () => {
    const log = new ConversationLog();
    log.start(1, 3);
    expect(log.receive(2, [entry(4), entry(5)])).toEqual([]);
    expect(seqs(log.continueIn(2))).toEqual([4, 5]);
    expect(log.cursor).toEqual([2, 5]);
  });

  test("drops entries behind a hole when it enters a newer epoch", () => {
    const log = new ConversationLog();
    log.start(1, 3);
    log.receive(1, [entry(5)]);
    expect(log.hasHole).toBe(true);
    log.continueIn(2);
    expect(log.hasHole).toBe(false);
    expect(seqs(log.receive(2, [entry(4)]))).toEqual([4]);
    expect(log.hasHole).toBe(false);
  });

  test("keeps entries pushed beyond the new start when it starts again in the same epoch", () => {
    const log = new ConversationLog();
    log.start(1, 3);
    log.receive(1, [entry(50), entry(61)]);
    expect(log.start(1, 60).map(({ seq }) => seq)).toEqual([61]);
    expect(log.hasHole).toBe(false);
  });

  test("knows the end of the log when it starts again in the same epoch", () => {
    const log = new ConversationLog();
    log.start(1, 3);
    log.noteLastSeq(1, 61);
    log.start(1, 60);
    expect(log.hasHole).toBe(true);
    expect(seqs(log.receive(1, [entry(61)]))).toEqual([61]);
    expect(log.hasHole).toBe(false);
  });

  test("does not assume that the log of another epoch is as long", () => {
    const log = new ConversationLog();
    log.start(1, 61);
    log.start(2, 40);
    expect(log.hasHole).toBe(false);
  });
});
