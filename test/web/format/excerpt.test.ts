import { expect, test } from "vitest";
import { excerptOf } from "../../../web/src/format/excerpt.ts";

test.each([
  ["short", "short"],
  ["  on\n\n a\tline ", "on a line"],
  ["longer than it may be", "longer tha…"],
  ["👩‍👩‍👧‍👦".repeat(12), `${"👩‍👩‍👧‍👦".repeat(10)}…`],
  ["🇩🇪".repeat(11), `${"🇩🇪".repeat(10)}…`],
  ["\u202eabc", "abc"],
  ["\n \n", ""],
])("the beginning of %j is %j", (text, excerpt) => {
  expect(excerptOf(text, 10)).toBe(excerpt);
});
