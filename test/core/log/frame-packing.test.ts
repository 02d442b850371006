import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesFrames, frameBytes } from "../../../functions/core/log/frame-packing.ts";
import type { SeqRange } from "../../../functions/ports/conversation-log.ts";
import { type Entry, LIMITS } from "../../../protocol/index.ts";

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
      const frames = entriesFrames("dconversation", 1, entries, [[1]]);
      for (const frame of frames) expect(frameBytes(frame)).toBeLessThanOrEqual(LIMITS.frameBytes);
      expect(frames.flatMap((frame) => frame.entries)).toEqual(entries);
      const total = lengths.reduce((sum, length) => sum + length, 0);
      expect(frames.length).toBeLessThanOrEqual(
        1 + Math.ceil((2 * (total + 100 * lengths.length)) / LIMITS.frameBytes),
      );
    }),
  );
});

test("a frame has what its reader may see, and nothing else", () => {
  const entry = (seq: number, kind: string, body: Entry["body"], over: Partial<Entry> = {}): Entry => ({
    ...{ seq, id: `e${seq}`, sender: "alice", kind, body, sentAtMs: 1 },
    ...over,
  });
  const edited = { editSeq: 4, reactions: { "+": ["carol"] } };
  const entries = [
    entry(1, "text", { text: "before Bob" }),
    entry(2, "text", { text: "edited after Bob" }, edited),
    entry(3, "edit", { of: 1, text: "still before Bob" }),
    entry(4, "edit", { of: 2, text: "edited after Bob" }),
  ];
  const seenIn = (...ranges: SeqRange[]) =>
    entriesFrames("gconversation", 1, entries, ranges)
      .flatMap((frame) => frame.entries)
      .map(({ seq, body, reactions }) => [seq, body, reactions]);
  expect(seenIn([2, 3])).toEqual([
    [2, null, undefined],
    [3, { of: 1 }, undefined],
  ]);
  expect(seenIn([3])).toEqual([
    [3, { of: 1 }, undefined],
    [4, { of: 2 }, undefined],
  ]);
  expect(seenIn([1])).toEqual(entries.map(({ seq, body, reactions }) => [seq, body, reactions]));
  expect(seenIn()).toEqual([]);
});

test("frames of entries are made in one place, which asks for whom", () => {
  const makers = globSync("functions/**/*.ts").filter((path) =>
    /type: "entries"/.test(readFileSync(path, "utf8")),
  );
  expect(makers).toEqual(["functions/core/log/frame-packing.ts"]);
});
