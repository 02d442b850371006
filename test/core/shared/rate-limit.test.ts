import fc from "fast-check";
import { expect, test } from "vitest";
import { refilled, Throttle } from "../../../functions/core/shared/rate-limit.ts";

const RATE = { perSecond: 10, burst: 50 };

test.each<[string, { tokens: number; atMs: number } | undefined, number, number]>([
  ["was never used is full", undefined, 1_000, 50],
  ["fills with time", { tokens: 5, atMs: 1_000 }, 2_500, 20],
  ["is never more than full", { tokens: 5, atMs: 1_000 }, 900_000, 50],
  ["does not fill at once", { tokens: 5, atMs: 1_000 }, 1_000, 5],
  ["does not empty when a clock is behind", { tokens: 5, atMs: 1_000 }, 500, 5],
  ["fills by fractions of a token", { tokens: 0, atMs: 0 }, 50, 0.5],
  ["shrinks with its rate", { tokens: 500, atMs: 1_000 }, 1_000, 50],
])("a bucket that %s", (_, bucket, nowMs, tokens) => {
  expect(refilled(bucket, RATE, nowMs).tokens).toBe(tokens);
});

test("a clock that is behind does not fill a bucket twice", () => {
  const later = refilled({ tokens: 0, atMs: 1_000 }, RATE, 500);
  expect(refilled(later, RATE, 1_000).tokens).toBe(0);
});

test("a bucket that a wrong clock has left an hour ahead fills as if it had been left now", () => {
  const ahead = refilled({ tokens: 5, atMs: 3_600_000 }, RATE, 1_000);
  expect(ahead).toEqual({ tokens: 5, atMs: 1_000 });
  expect(refilled(ahead, RATE, 2_000).tokens).toBe(15);
});

test("a bucket never gives more than its burst and its rate", () => {
  const uses = fc.array(fc.tuple(fc.integer({ min: -500, max: 3_000 }), fc.integer({ min: 1, max: 60 })));
  fc.assert(
    fc.property(uses, (some) => {
      let [bucket, nowMs, latestMs, taken] = [refilled(undefined, RATE, 0), 0, 0, 0];
      for (const [passedMs, wanted] of some) {
        nowMs = Math.max(0, nowMs + passedMs);
        latestMs = Math.max(latestMs, nowMs);
        bucket = refilled(bucket, RATE, nowMs);
        if (bucket.tokens < wanted) continue;
        bucket = { ...bucket, tokens: bucket.tokens - wanted };
        taken += wanted;
      }
      expect(taken).toBeLessThanOrEqual(RATE.burst + (latestMs / 1000) * RATE.perSecond + 1e-6);
    }),
  );
});

test("one call per interval is admitted, and refused calls do not prolong the interval", () => {
  const throttle = new Throttle(1_000);
  const times = [0, 1, 500, 999, 1_000, 1_001, 1_999, 2_500, 3_000];
  expect(times.filter((nowMs) => throttle.admits("a", nowMs))).toEqual([0, 1_000, 2_500]);
});

test("keys do not affect each other", () => {
  const throttle = new Throttle(1_000);
  expect(["a", "b", "a"].map((key) => throttle.admits(key, 0))).toEqual([true, true, false]);
});

test("a throttle forgets the keys used longest ago, and remembers the others", () => {
  const throttle = new Throttle(1_000, 2);
  for (const [key, nowMs] of [
    ["a", 0],
    ["b", 1],
    ["c", 2],
  ] as const)
    throttle.admits(key, nowMs);
  expect(throttle.admits("b", 3)).toBe(false);
  expect(throttle.admits("c", 3)).toBe(false);
  expect(throttle.admits("a", 3)).toBe(true);
  expect(throttle.admits("c", 3)).toBe(false);
  expect(throttle.admits("b", 3)).toBe(true);
});
