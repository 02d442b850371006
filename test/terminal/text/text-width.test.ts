import fc from "fast-check";
import { expect, test } from "vitest";
import { graphemes } from "../../../client/src/ui.ts";
import { fitWidth, textWidth, truncate, wrap } from "../../../terminal/text/text-width.ts";

test("text is truncated at whole characters, measured in terminal cells", () => {
  expect(truncate("hello", 5)).toBe("hello");
  expect(truncate("hello", 4)).toBe("hel…");
  expect(truncate("你好世界", 6)).toBe("你好…");
  expect(truncate("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
  expect(truncate("hello", 0)).toBe("");
  expect(fitWidth("你好", 5)).toBe("你好 ");
});

test("text wraps at words, breaks only words that are too long, and keeps its indentation", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(wrap("你好世界", 5)).toEqual(["你好", "世界"]);
  expect(wrap("  if (true) run()", 11)).toEqual(["  if (true)", "  run()"]);
  expect(wrap("", 5)).toEqual([""]);
});

/** Characters of several code points, of several cells, and with parts of none. */
const character = fc.constantFrom(
  ..."a b你🇩",
  "e\u0301",
  "🇩🇪",
  "👩‍👩‍👧‍👦",
  "👍🏽",
  "நி",
  "각",
  "c\u200b",
  "z\u0335\u0321\u035a",
  "#️⃣",
  "d\u200d",
);
const written = fc.array(character, { maxLength: 30 }).map((characters) => characters.join("").normalize());
const width = fc.integer({ min: 0, max: 12 });
const split = (text: string) => [...graphemes(text)];

test("no text, of whatever characters, is truncated inside one of them or made wider than asked", () => {
  fc.assert(
    fc.property(written, width, (text, width) => {
      const short = truncate(text, width);
      expect(textWidth(short)).toBeLessThanOrEqual(width);
      if (short === text) return;
      const kept = split(short.replace(/…$/, ""));
      expect(split(text).slice(0, kept.length)).toEqual(kept);
    }),
    { numRuns: 1_000 },
  );
});

test("no text wraps inside a character, and only a character that is wider makes a row too wide", () => {
  fc.assert(
    fc.property(written, width, (text, width) => {
      const rows = wrap(text, width);
      for (const row of rows) {
        const visible = split(row.trim()).filter((one) => textWidth(one) > 0);
        expect(textWidth(row) <= Math.max(1, width) || visible.length === 1).toBe(true);
      }
      const letters = (lines: readonly string[]) => lines.flatMap(split).filter((one) => one !== " ");
      expect(letters(rows)).toEqual(letters([text]));
    }),
    { numRuns: 1_000 },
  );
});
