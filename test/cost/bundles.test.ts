import { expect, test } from "vitest";
import { bundleFunctions } from "../../wiring/bundle.ts";
import type { FunctionName } from "../../wiring/manifest.ts";

/** Maximum size of each bundle in KB. A bundle is read and compiled at every cold start. */
const BUDGET_KB: Record<FunctionName, number> = {
  authorize: 92,
  connect: 472,
  disconnect: 455,
  send: 578,
  command: 532,
  commit: 572,
  deliver: 547,
  presence: 490,
  "sign-out": 470,
  "dead-letter": 571,
  erase: 590,
};

test("no bundle is larger than its budget, and none is far below it", () => {
  const sizes = bundleFunctions();
  for (const [name, budgetKb] of Object.entries(BUDGET_KB)) {
    const sizeKb = sizes[name as FunctionName] / 1024;
    expect.soft(sizeKb, name).toBeLessThanOrEqual(budgetKb);
    // Forces lowering the budget after a gain.
    expect.soft(sizeKb, name).toBeGreaterThan(budgetKb * 0.85);
  }
});
