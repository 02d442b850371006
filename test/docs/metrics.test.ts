import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { METRICS, type MetricSpec } from "../../wiring/metrics.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");

test("docs/metrics.md lists every metric with its unit and its dimension, and no other", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (Count|Milliseconds) \| (?:`(\w+)` )?\| /gm)].map(
    ([, name, unit, dimension]) => [name, unit, dimension],
  );
  const specs: [string, MetricSpec][] = Object.entries(METRICS);
  expect(rows).toEqual(specs.map(([name, { unit, dimension }]) => [name, unit, dimension]));
});
