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

describe("the state of a conversation", () => {
  test("any mix of pushes, acks and history replies yields every entry once, in order", () => {
    const length = 30;
    const log = Array.from({ length }, (_, index) => entry(index + 1));
    const piece = fc.record({
      from: fc.integer({ min: 0, max: length - 1 }),
      count: fc.integer({ min: 1, max: 8 }),
      // History continues where the device stands, wherever that is when the reply comes.
      how: fc.constantFrom("push", "ack", "history"),
    });
    const run = fc.record({
      startSeq: fc.integer({ min: 0, max: length }),
      startedAt: fc.integer({ min: 0, max: 10 }),
      pieces: fc.array(piece, { maxLength: 60 }),
    });

    fc.assert(
      fc.property(run, ({ startSeq, startedAt, pieces }) => {
        const state = new ConversationLog();
        const out: Entry[] = [];
        const begin = Math.min(startedAt, pieces.length);
        pieces.forEach(({ from, count, how }, index) => {
          if (index === begin) out.push(...state.start(1, startSeq));
          const first = how === "history" ? state.appliedSeq : from;
          // An ack's entries may come in any order.
          const entries = log.slice(first, first + count);
          out.push(...state.receive(1, how === "ack" ? entries.reverse() : entries));
        });
        if (begin === pieces.length) out.push(...state.start(1, startSeq));
        state.noteLastSeq(1, length);
        expect(state.hasHole).toBe(state.appliedSeq < length);
        expect(seqs(out)).toEqual(seqs(log.slice(startSeq, state.appliedSeq)));
        out.push(...state.receive(1, log.slice(state.appliedSeq)));
        expect(seqs(out)).toEqual(seqs(log.slice(startSeq)));
        expect(state.hasHole).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test("entries of an older epoch are void", () => {
    const state = new ConversationLog();
    state.start(2, 3);
    expect(state.receive(1, [entry(4)])).toEqual([]);
    expect(state.appliedSeq).toBe(3);
  });

  test("entries of a newer epoch wait until that epoch is entered", () => {
    const state = new ConversationLog();
    state.start(1, 3);
    expect(state.receive(2, [entry(4), entry(5)])).toEqual([]);
    expect(seqs(state.continueIn(2))).toEqual([4, 5]);
    expect(state.cursor).toEqual([2, 5]);
  });

  test("entering a newer epoch voids what waited behind a hole of the old one", () => {
    const state = new ConversationLog();
    state.start(1, 3);
    state.receive(1, [entry(5)]);
    expect(state.hasHole).toBe(true);
    state.continueIn(2);
    expect(state.hasHole).toBe(false);
    expect(seqs(state.receive(2, [entry(4)]))).toEqual([4]);
    expect(state.hasHole).toBe(false);
  });

  test("starting again in the same epoch keeps what was pushed beyond the new start", () => {
    const state = new ConversationLog();
    state.start(1, 3);
    state.receive(1, [entry(50), entry(61)]);
    expect(state.start(1, 60).map(({ seq }) => seq)).toEqual([61]);
    expect(state.hasHole).toBe(false);
  });

  test("starting again in the same epoch still knows how far the log reaches", () => {
    const state = new ConversationLog();
    state.start(1, 3);
    state.noteLastSeq(1, 61);
    state.start(1, 60);
    expect(state.hasHole).toBe(true);
    expect(seqs(state.receive(1, [entry(61)]))).toEqual([61]);
    expect(state.hasHole).toBe(false);
  });

  test("another epoch says nothing of how far the log reaches", () => {
    const state = new ConversationLog();
    state.start(1, 61);
    state.start(2, 40);
    expect(state.hasHole).toBe(false);
  });
});
