import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { regenerate } from "../../bench/cost/page.ts";
import { PAGES } from "../../bench/cost/pages.ts";

test.for(Object.entries(PAGES))("%s says what the scripts say (npm run pages writes it)", ([path, parts]) => {
  const page = readFileSync(join(import.meta.dirname, "../..", path), "utf8");
  expect(regenerate(page, parts)).toBe(page);
});

test("a page that lacks a part, or has one that nothing makes, is an error", () => {
  const page = "<!-- generated: a -->\nold\n<!-- end -->\n";
  expect(regenerate(page, { a: () => "new" })).toBe("<!-- generated: a -->\nnew\n<!-- end -->\n");
  expect(() => regenerate(page, {})).toThrow('Nothing generates "a".');
  expect(() => regenerate(page, { a: () => "", b: () => "" })).toThrow("no place for b");
});
