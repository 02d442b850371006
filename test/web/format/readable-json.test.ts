import { expect, test } from "vitest";
import { readableJson } from "../../../web/src/format/readable-json.ts";

const nested = (depth: number) => JSON.parse("[".repeat(depth) + "]".repeat(depth));

test("an application's entry is shown on several lines", () => {
  expect(readableJson({ question: "When?", answers: ["now"] })).toBe(
    '{\n  "question": "When?",\n  "answers": [\n    "now"\n  ]\n}',
  );
  expect(readableJson(null)).toBe("null");
  expect(readableJson(nested(3))).toBe("[\n  [\n    []\n  ]\n]");
});

test("one that is nested very deep does not become megabytes of indentation", () => {
  for (const depth of [22, 100, 1_000, 4_000]) expect(readableJson(nested(depth))).toHaveLength(2 * depth);
});
