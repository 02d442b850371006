import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");

/** Claims of the form `file`: title, where the title is the beginning of a test's. No title means the whole file. */
const CLAIMS = [...page.matchAll(/`(test\/[\w/.-]+\.ts)`: ?([^|`);]*)/g)].map(
  ([, file = "", title = ""]) => ({
    file,
    title: title.trim(),
  }),
);

test("most claims name a test", () => {
  expect(CLAIMS.length).toBeGreaterThan(15);
});

test.for(CLAIMS)("$file has a test: $title", ({ file, title }) => {
  expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
});
