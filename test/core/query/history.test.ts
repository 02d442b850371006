import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { HistoryResult, LIMITS } from "../../../protocol/index.ts";
import { MemoryMetrics } from "../../support/memory-ports.ts";
import { requestResult, storeWithConversations } from "../support/command-setup.ts";

test("history in pages of any size, in either direction, is the whole log", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: LIMITS.bodyBytes - 2 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      fc.nat({ max: 10 }),
      async (bodies, limit, forward, tailLength) => {
        const { store, conversations } = storeWithConversations([bodies], tailLength);
        const [conversation] = conversations;
        let seqs: number[] = [];
        for (let page = 0; page < 100; page++) {
          const edge = forward ? { after: seqs.at(-1) ?? 0 } : { before: seqs[0] ?? bodies.length + 1 };
          const result = v.parse(
            HistoryResult,
            await requestResult(store, { type: "history", conversation, limit, ...edge }),
          );
          const pageSeqs = result.entries.map(({ seq }) => seq);
          seqs = forward ? [...seqs, ...pageSeqs] : [...pageSeqs, ...seqs];
          if (!result.more) break;
        }
        expect(seqs).toEqual(bodies.map((_, index) => index + 1));
      },
    ),
    { numRuns: 60 },
  );
});

test("history hides what is before missing segments, in either direction, and reports the hole", async () => {
  const { store, conversations } = storeWithConversations([Array.from({ length: 30 }, () => 1)], 5);
  const [conversation = ""] = conversations;
  for (let seq = 11; seq <= 20; seq++) store.segments.get(conversation)?.delete(seq);
  const pages: [object, { first: number; seqs: number[]; more: boolean }][] = [
    [{ limit: 5 }, { first: 1, seqs: [26, 27, 28, 29, 30], more: true }],
    [{ before: 23 }, { first: 21, seqs: [21, 22], more: false }],
    [{ before: 15 }, { first: 15, seqs: [], more: false }],
    [
      { after: 5, limit: 3 },
      { first: 1, seqs: [6, 7, 8], more: true },
    ],
    [
      { after: 8, limit: 3 },
      { first: 21, seqs: [21, 22, 23], more: true },
    ],
    [
      { after: 15, limit: 3 },
      { first: 21, seqs: [21, 22, 23], more: true },
    ],
  ];
  for (const [page, expected] of pages) {
    const metrics = new MemoryMetrics();
    const request = { type: "history", conversation, ...page };
    const result = v.parse(HistoryResult, await requestResult(store, request, { metrics }));
    const { first, entries, more } = result;
    expect({ first, seqs: entries.map(({ seq }) => seq), more }).toEqual(expected);
    expect(metrics.counts).toEqual(expected.first > 1 ? { MissingSegments: 1 } : {});
  }
});

test("a hole that the head marks as missing is hidden, but not reported", async () => {
  const { store, conversations } = storeWithConversations([Array.from({ length: 30 }, () => 1)], 5);
  const [conversation = ""] = conversations;
  for (let seq = 11; seq <= 20; seq++) store.segments.get(conversation)?.delete(seq);
  const head = store.heads.get(conversation);
  if (head === undefined) throw new Error("there is no head");
  const counted = async (missing: readonly [number, number][], page: object) => {
    store.heads.set(conversation, { ...head, missing });
    const metrics = new MemoryMetrics();
    const request = { type: "history", conversation, ...page };
    const result = v.parse(HistoryResult, await requestResult(store, request, { metrics }));
    return { first: result.first, counts: metrics.counts };
  };
  for (const page of [{ before: 23 }, { before: 15 }, { after: 8 }, { after: 15 }]) {
    const { first, counts } = await counted([[11, 20]], page);
    expect(first).toBeGreaterThan(1);
    expect(counts).toEqual({});
  }
  expect((await counted([[1, 4]], { after: 8 })).counts).toEqual({ MissingSegments: 1 });
});
