import { expect, test } from "vitest";
import { fitWidth, truncate, wrap } from "../../../terminal/text/text-width.ts";

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
