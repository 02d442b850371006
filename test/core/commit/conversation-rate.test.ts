import { expect, test } from "vitest";
import {
  conversationRate,
  roomAfterMs,
  tokensFor,
} from "../../../functions/core/commit/conversation-rate.ts";
import { LIMITS } from "../../../protocol/index.ts";

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

test("an idle conversation always has room for a full frame", () => {
  for (let memberCount = 1; memberCount <= LIMITS.membersPerGroup; memberCount++) {
    expect(conversationRate(memberCount).burst).toBeGreaterThanOrEqual(LIMITS.entriesPerFrame);
  }
});

test("a refused sender is told when there will be room, at least a second later", () => {
  const empty = { tokens: 0, pace: 0, atMs: 0 };
  expect(roomAfterMs({ bucket: empty, memberCount: 10_000 }, 25)).toBe(25_000);
  expect(roomAfterMs({ bucket: { ...empty, tokens: 20 }, memberCount: 10_000 }, 25)).toBe(5_000);
  expect(roomAfterMs({ bucket: empty, memberCount: 2 }, 25)).toBe(1_000);
  expect(roomAfterMs({ memberCount: 2 }, 25)).toBe(1_000);
});

test.each([
  ["small entries take a token each", 25, 10, 25],
  ["a large entry takes a token for each 4 KB", 1, 16_000, 4],
  ["many entries of some size take a token each", 25, 1_000, 25],
])("%s", (_, count, length, tokens) => {
  expect(tokensFor(Array.from({ length: count }, () => ({ text: "x".repeat(length) })))).toBe(tokens);
});

test("a frame of the largest size fits into the bucket of the largest group", () => {
  const { burst } = conversationRate(LIMITS.membersPerGroup);
  expect(tokensFor([{ text: "x".repeat(LIMITS.frameBytes) }])).toBeLessThanOrEqual(burst);
});
