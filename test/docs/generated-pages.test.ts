import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PAGES } from "../../bench/cost/generated-pages.ts";
import { regenerate } from "../../bench/cost/regenerate.ts";

test.for(Object.entries(PAGES))("%s has the tables that `npm run pages` writes", ([path, parts]) => {
  const page = readFileSync(join(import.meta.dirname, "../..", path), "utf8");
  expect(regenerate(page, parts)).toBe(page);
});

test("a page with a missing or an unknown part is an error", () => {
  const page = "<!-- generated: a -->\nold\n<!-- end -->\n";
  expect(regenerate(page, { a: () => "new" })).toBe("<!-- generated: a -->\nnew\n<!-- end -->\n");
  expect(() => regenerate(page, {})).toThrow('No generator for the part "a"');
  expect(() => regenerate(page, { a: () => "", b: () => "" })).toThrow("lacks the generated parts b");
});
