import fc from "fast-check";
import { expect, test } from "vitest";
import { conversationRate, roomAfterMs } from "../../../functions/core/commit/conversation-rate.ts";
import { refilled, Throttle } from "../../../functions/core/shared/rate-limit.ts";
import { LIMITS } from "../../../protocol/index.ts";

const RATE = { perSecond: 10, burst: 50 };

test.each<[string, { tokens: number; atMs: number } | undefined, number, number]>([
  ["never used is full", undefined, 1_000, 50],
  ["fills with time", { tokens: 5, atMs: 1_000 }, 2_500, 20],
  ["is never more than full", { tokens: 5, atMs: 1_000 }, 900_000, 50],
  ["does not fill at once", { tokens: 5, atMs: 1_000 }, 1_000, 5],
  ["does not empty when a clock is behind", { tokens: 5, atMs: 1_000 }, 500, 5],
  ["fills by parts of a token", { tokens: 0, atMs: 0 }, 50, 0.5],
  ["shrinks with its rate", { tokens: 500, atMs: 1_000 }, 1_000, 50],
])("a bucket that %s", (_, bucket, nowMs, tokens) => {
  expect(refilled(bucket, RATE, nowMs).tokens).toBe(tokens);
});

test("a clock that is behind does not fill a bucket twice", () => {
  const later = refilled({ tokens: 0, atMs: 1_000 }, RATE, 500);
  expect(refilled(later, RATE, 1_000).tokens).toBe(0);
});

test("however a bucket is used, it gives no more than its burst and its rate", () => {
  const uses = fc.array(fc.tuple(fc.integer({ min: -500, max: 3_000 }), fc.integer({ min: 1, max: 60 })));
  fc.assert(
    fc.property(uses, (some) => {
      let [bucket, nowMs, latestMs, given] = [refilled(undefined, RATE, 0), 0, 0, 0];
      for (const [passedMs, wanted] of some) {
        nowMs = Math.max(0, nowMs + passedMs);
        latestMs = Math.max(latestMs, nowMs);
        bucket = refilled(bucket, RATE, nowMs);
        if (bucket.tokens < wanted) continue;
        bucket = { ...bucket, tokens: bucket.tokens - wanted };
        given += wanted;
      }
      expect(given).toBeLessThanOrEqual(RATE.burst + (latestMs / 1000) * RATE.perSecond + 1e-6);
    }),
  );
});

test.each([
  [0, 100],
  [2, 100],
  [50, 100],
  [100, 50],
  [1_000, 5],
  [5_000, 1],
  [LIMITS.membersPerGroup, 1],
])("a conversation of %i grows by %i entries a second", (memberCount, perSecond) => {
  expect(conversationRate(memberCount).perSecond).toBe(perSecond);
});

test("a full frame is never too much for a conversation that rested", () => {
  for (let memberCount = 1; memberCount <= LIMITS.membersPerGroup; memberCount++) {
    expect(conversationRate(memberCount).burst).toBeGreaterThanOrEqual(LIMITS.entriesPerFrame);
  }
});

test("one is let through per interval, and what is held back does not prolong it", () => {
  const throttle = new Throttle(1_000);
  const times = [0, 1, 500, 999, 1_000, 1_001, 1_999, 2_500, 3_000];
  expect(times.filter((nowMs) => throttle.admits("a", nowMs))).toEqual([0, 1_000, 2_500]);
});

test("keys do not hold each other back", () => {
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

test("who was refused is told when there will be room, and never at once", () => {
  const empty = { tokens: 0, atMs: 0 };
  expect(roomAfterMs({ bucket: empty, memberCount: 10_000 }, 25)).toBe(25_000);
  expect(roomAfterMs({ bucket: { tokens: 20, atMs: 0 }, memberCount: 10_000 }, 25)).toBe(5_000);
  expect(roomAfterMs({ bucket: empty, memberCount: 2 }, 25)).toBe(1_000);
  expect(roomAfterMs({ memberCount: 2 }, 25)).toBe(1_000);
});
