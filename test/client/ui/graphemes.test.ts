import { afterEach, expect, test, vi } from "vitest";

const CHARACTERS = ["e\u0301", "🇩🇪", "👩‍👩‍👧‍👦", "👍🏽", "நி", "x", "각"];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

const load = async () => (await import("../../../client/src/ui/graphemes.ts")).graphemes;

test("a text is split into what people take for characters", async () => {
  const graphemes = await load();
  expect([...graphemes(CHARACTERS.join(""))]).toEqual(CHARACTERS);
  expect([...graphemes("")]).toEqual([]);
});

const deny = () => {
  throw new DOMException("denied", "SecurityError");
};

test.each([
  ["has no segmenter", {}],
  ["denies it", { get: deny }],
  ["denies to make one", { value: () => deny() }],
])("a browser that %s splits it into code points, and never halves one", async (_, segmenter) => {
  vi.stubGlobal("Intl", Object.defineProperty({ ...Intl }, "Segmenter", segmenter));
  const graphemes = await load();
  expect([...graphemes("a👍🏽")]).toEqual(["a", "👍", "🏽"]);
  expect([...graphemes("a👍🏽")]).toEqual(["a", "👍", "🏽"]);
});

test("the beginning of a long text can be read without splitting all of it", async () => {
  const graphemes = await load();
  const first = graphemes("👩‍👩‍👧‍👦".repeat(100_000)).next();
  expect(first.value).toBe("👩‍👩‍👧‍👦");
});
