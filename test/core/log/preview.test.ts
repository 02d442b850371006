import { expect, test } from "vitest";
import { previewOf } from "../../../functions/core/log/preview.ts";
import { LIMITS, utf8Bytes } from "../../../protocol/index.ts";

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
