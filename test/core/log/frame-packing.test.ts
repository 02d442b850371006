import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesFrames, frameBytes } from "../../../functions/core/log/frame-packing.ts";
import { LIMITS } from "../../../protocol/index.ts";

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
