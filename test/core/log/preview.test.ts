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
  expect(previewOf({ ...entry, kind: "x.poll", body: { text: "no" } }).text).toBeUndefined();
});

const textOf = (text: string) =>
  previewOf({ seq: 1, id: "e", sender: "a", kind: "text", body: { text }, sentAtMs: 1 }).text ?? "";

test.each([
  ["control characters", "\u0001".repeat(400)],
  ["quotes and line breaks", '"\n'.repeat(200)],
  ["one character with a thousand accents", `a${"\u0301".repeat(1_000)}`],
])("%s take no more room in JSON than other text", (_, text) => {
  expect(utf8Bytes(JSON.stringify(textOf(text))) - 2).toBeLessThanOrEqual(LIMITS.previewBytes);
});

test.each([
  ["a family", "👨‍👩‍👧‍👦"],
  ["a flag", "🇩🇪"],
  ["a letter with accents", "e\u0301\u0323"],
  ["a syllable", "நி"],
])("a preview is not cut inside %s", (_, character) => {
  for (const before of ["", "x", "xy", "xyz"]) {
    const text = textOf(before + character.repeat(200));
    const kept = text.slice(before.length, -1);
    expect(kept).toBe(character.repeat(kept.length / character.length));
  }
});

test("a text that just fits is kept whole", () => {
  const text = "x".repeat(LIMITS.previewBytes);
  expect(textOf(text)).toBe(text);
  expect(textOf(`${text}x`)).toBe(`${"x".repeat(LIMITS.previewBytes - 3)}…`);
});
