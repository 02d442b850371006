import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const MOST_SOURCES = 20;
const MOST_IN_TESTS = 25;

/** Number of source files directly in each folder. */
function sourcesByFolder(): Map<string, number> {
  const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).split("\n");
  const folders = files.filter((file) => /\.(tsx?|mjs|css|py)$/.test(file)).map((file) => dirname(file));
  return new Map(
    [...Map.groupBy(folders, (folder) => folder)].map(([folder, { length }]) => [folder, length]),
  );
}

test("no folder has so many source files that it needs subfolders", () => {
  const counts = sourcesByFolder();
  expect(counts.size).toBeGreaterThan(50);
  for (const [folder, count] of counts) {
    const most = /^test(\/|$)/.test(folder) ? MOST_IN_TESTS : MOST_SOURCES;
    expect.soft(count, `source files in ${folder}`).toBeLessThanOrEqual(most);
  }
});
