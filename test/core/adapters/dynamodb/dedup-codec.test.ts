import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeDedupWindow, encodeDedupWindow } from "../../../../functions/adapters/dynamodb/dedup-codec.ts";
import { DEDUP_WINDOW, frameDigest } from "../../../../functions/core/commit/dedup-window.ts";
import { ERROR_CODES, utf8Bytes } from "../../../../protocol/index.ts";

test("decided frames are decoded as they were encoded", () => {
  const outcome = fc.oneof(
    fc.record({ seq: fc.integer({ min: 1, max: 10 ** 12 }) }),
    fc.record({ refused: fc.constantFrom(...ERROR_CODES) }),
  );
  const consecutive = fc
    .tuple(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: 1, max: 25 }))
    .map(([first, count]) => Array.from({ length: count }, (_, index) => ({ seq: first + index })));
  const outcomes = fc.oneof(consecutive, fc.array(outcome, { minLength: 1, maxLength: 25 }));
  const decided = fc.record({ frame: fc.string().map(frameDigest), outcomes });
  fc.assert(
    fc.property(fc.array(decided, { maxLength: DEDUP_WINDOW }), (frames) => {
      expect(decodeDedupWindow(encodeDedupWindow(frames))).toEqual(frames);
    }),
  );
});

test("a full dedup window of ordinary frames leaves room for the rest of a head in one write unit", () => {
  const window = Array.from({ length: DEDUP_WINDOW }, (_, index) => ({
    frame: frameDigest(String(index)),
    outcomes: [{ seq: 1_000_000 + index }],
  }));
  expect(utf8Bytes(encodeDedupWindow(window))).toBeLessThan(420);
});
