import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const REQUIREMENTS = 16;

const rows = readFileSync(join(ROOT, "test/requirements.md"), "utf8")
  .split("\n")
  .map((line) => /^\| (R\d+) \|.*\| `([^`]+)` \| (.+) \|$/.exec(line))
  .flatMap((row) => (row ? [{ id: row[1] ?? "", file: row[2] ?? "", name: row[3] ?? "" }] : []));

test("every requirement names a test", () => {
  const ids = Array.from({ length: REQUIREMENTS }, (_, index) => `R${index + 1}`);
  expect([...new Set(rows.map(({ id }) => id))]).toEqual(ids);
});

test.for(rows)("$id: `$name` is a test of $file", ({ file, name }) => {
  const source = readFileSync(join(ROOT, file), "utf8");
  // A title may be quoted in full or by its beginning.
  expect(source.includes(`"${name}`) || source.includes(`\`${name}`)).toBe(true);
});
