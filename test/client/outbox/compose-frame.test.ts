import fc from "fast-check";
import { expect, test } from "vitest";
import { composeFrame } from "../../../client/src/outbox/compose-frame.ts";
import { newEntry } from "../../../client/src/outbox/new-entry.ts";
import { decodeClientFrame, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import { conversationId } from "../support/server-log.ts";

const CONVERSATION = conversationId("alice", "bob");

test("frames are valid and as full as possible, and no entry is left out or repeated", () => {
  const text = fc.oneof(
    fc.string({ minLength: 1, maxLength: 50 }),
    fc.nat(LIMITS.textBytes - 1).map((length) => "x".repeat(length + 1)),
    fc.nat(5000).map((length) => "€".repeat(length + 1)),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 60 }), (texts) => {
      let rest = texts.map((content, index) => newEntry(`e${index}`, content));
      const sent: string[] = [];
      while (rest.length > 0) {
        const frame = composeFrame({ conversation: CONVERSATION }, [1, 7], rest);
        expect(utf8Bytes(frame.text)).toBeLessThanOrEqual(LIMITS.frameBytes);
        expect(decodeClientFrame(frame.text)).toMatchObject({ seen: [1, 7], entries: frame.entries });
        sent.push(...frame.entries.map(({ id }) => id));
        // Greedy: the next entry would not have fitted.
        const following = rest[frame.entries.length];
        if (following !== undefined && frame.entries.length < LIMITS.entriesPerFrame) {
          const larger = utf8Bytes(frame.text) + utf8Bytes(JSON.stringify(following)) + 1;
          expect(larger).toBeGreaterThan(LIMITS.frameBytes - 2);
        }
        rest = rest.slice(frame.entries.length);
      }
      expect(sent).toEqual(texts.map((_, index) => `e${index}`));
    }),
    { numRuns: 50 },
  );
});
