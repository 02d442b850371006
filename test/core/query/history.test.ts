import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { HistoryResult, LIMITS } from "../../../protocol/index.ts";
import { requestResult, storeWithConversations } from "../support/command-setup.ts";

test("history in pages of any size, in either direction, is the whole log", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: LIMITS.bodyBytes - 2 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      async (bodies, limit, forward) => {
        const { store, conversations } = await storeWithConversations([bodies]);
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
