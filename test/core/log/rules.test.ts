import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeDedupWindow, encodeDedupWindow } from "../../../functions/adapters/dynamodb/dedup-codec.ts";
import { addToDedupWindow, DEDUP_WINDOW, frameDigest } from "../../../functions/core/commit/dedup-window.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { raiseEpoch, seqOfCursor } from "../../../functions/core/log/epoch.ts";
import { entriesFrames, frameBytes } from "../../../functions/core/log/frame-packing.ts";
import { previewOf } from "../../../functions/core/log/preview.ts";
import { canRead } from "../../../functions/core/log/readable-ranges.ts";
import { excessLeases, newLease } from "../../../functions/core/presence/leases.ts";
import { readEnvironment } from "../../../functions/entrypoints/environment.ts";
import { ERROR_CODES, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import { headOf } from "../../support/frames.ts";

const TWO_HOURS_MS = 7_200_000;

test("a direct conversation has one id, whoever begins it, and it is the documented one", () => {
  expect(directConversationId("alice", "bob")).toBe(directConversationId("bob", "alice"));
  // base64url(SHA-256('["alice","bob"]')), computed with coreutils
  expect(directConversationId("alice", "bob")).toBe("dO9m36lrYPsGb0-mbmFsIZdKnXUfb9ZB_XmWl111LQ0M");
});

test("decided frames survive their short encoding", () => {
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

test("a full window of ordinary frames leaves room for the rest of a head in one write unit", () => {
  const window = Array.from({ length: DEDUP_WINDOW }, (_, index) => ({
    frame: frameDigest(String(index)),
    outcomes: [{ seq: 1_000_000 + index }],
  }));
  expect(utf8Bytes(encodeDedupWindow(window))).toBeLessThan(420);
});

test("the window keeps the newest frames, and a frame keeps its first outcome", () => {
  const frames = Array.from({ length: 30 }, (_, index) => ({
    frame: `f${index}`,
    outcomes: [{ seq: index }],
  }));
  const window = addToDedupWindow([], frames);
  expect(window.map(({ frame }) => frame)).toEqual(frames.slice(10).map(({ frame }) => frame));
  expect(addToDedupWindow(window, [{ frame: "f29", outcomes: [{ seq: 99 }] }])).toEqual(window);
});

test("after a restore a cursor counts only where both epochs are known to agree", () => {
  const raised = raiseEpoch(headOf({ lastSeq: 100 }), 2);
  expect(raised).toMatchObject({ epoch: 2, epochBase: 100, lastSeq: 100 });
  expect(seqOfCursor(raised, [2, 103])).toBe(103);
  expect(seqOfCursor(raised, [1, 100])).toBe(100);
  expect(seqOfCursor(raised, [1, 101])).toBeUndefined();
  expect(seqOfCursor(raised, [3, 1])).toBeUndefined();
  expect(seqOfCursor(raiseEpoch(raised, 5), [1, 1])).toBeUndefined();
  expect(raiseEpoch(raised, 2)).toBe(raised);
});

test("entries are pushed in as few frames as fit, in order, none above the limit", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: LIMITS.bodyBytes - 2 }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const entries = lengths.map((length, index) => ({
        seq: index + 1,
        id: `e${index}`,
        sender: "alice",
        kind: "x.data",
        body: "a".repeat(length),
        sentAtMs: 1,
      }));
      const frames = entriesFrames("dconversation", 1, entries);
      for (const frame of frames) expect(frameBytes(frame)).toBeLessThanOrEqual(LIMITS.frameBytes);
      expect(frames.flatMap((frame) => frame.entries)).toEqual(entries);
      const total = lengths.reduce((sum, length) => sum + length, 0);
      expect(frames.length).toBeLessThanOrEqual(
        1 + Math.ceil((2 * (total + 100 * lengths.length)) / LIMITS.frameBytes),
      );
    }),
  );
});

test("a lease ends with the token or after two hours, whichever is first", () => {
  const about = { connection: "c", device: undefined, tokenIssuedAtMs: 0 };
  expect(newLease({ ...about, tokenExpiresAtMs: 5_000 }, 1_000).expiresAtMs).toBe(5_000);
  expect(newLease({ ...about, tokenExpiresAtMs: 10 ** 12 }, 1_000).expiresAtMs).toBe(1_000 + TWO_HOURS_MS);
});

test("beyond twenty connections the oldest go, and the expired ones do not count", () => {
  const lease = (index: number, expiresAtMs: number) => ({
    connection: `c${index}`,
    device: undefined,
    connectedAtMs: index,
    expiresAtMs,
  });
  const live = Array.from({ length: 22 }, (_, index) => lease(index, 1_000));
  const { expired, evicted } = excessLeases([...live.toReversed(), lease(99, 10)], 500);
  expect(evicted.map(({ connection }) => connection)).toEqual(["c0", "c1"]);
  expect(expired.map(({ connection }) => connection)).toEqual(["c99"]);
});

test("a preview is cut at a whole character", () => {
  const entry = {
    seq: 1,
    id: "e",
    sender: "a",
    kind: "text",
    body: { text: "👍🏽".repeat(100) },
    sentAtMs: 1,
  };
  const { text = "" } = previewOf(entry);
  expect(utf8Bytes(text)).toBeLessThanOrEqual(LIMITS.previewBytes);
  expect(text.isWellFormed()).toBe(true);
  expect(text.endsWith("…")).toBe(true);
  expect(previewOf({ ...entry, body: { text: "half \ud83d" } }).text?.isWellFormed()).toBe(true);
  expect(previewOf({ ...entry, kind: "x.poll", body: { text: "no" } }).text).toBeUndefined();
});

test("what can be read is a set of ranges", () => {
  const ranges = [[3, 5], [9]] as const;
  expect([2, 3, 5, 6, 8, 9, 100].filter((seq) => canRead(ranges, seq))).toEqual([3, 5, 9, 100]);
});

test("one error names every variable that is missing or malformed", () => {
  const from = { PARLEY_TABLE: "", PARLEY_EPOCH_FLOOR: "two", PARLEY_ISSUER: "https://issuer.example.com" };
  expect(() => readEnvironment(["table", "epochFloor", "issuer", "audience"], from)).toThrow(
    "Environment: PARLEY_TABLE is malformed, PARLEY_EPOCH_FLOOR is malformed, PARLEY_AUDIENCE is missing",
  );
});
