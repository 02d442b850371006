import { expect, test } from "vitest";
import { peakLoad } from "../../bench/cost/capacity-page.ts";
import { QUOTAS } from "../../bench/cost/quotas.ts";

test("load grows linearly with users, and every quota describes what happens beyond it", () => {
  for (const quota of QUOTAS) {
    expect(peakLoad(quota, 60_000), quota.name).toBeCloseTo(3 * peakLoad(quota, 20_000), 0);
    expect(quota.beyond.length).toBeGreaterThan(10);
  }
});
