import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCommitRun } from "../support/commit-checks.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 400);

test("however invocations crash, overlap and repeat: no gap, no duplicate, no wrong ack, and every device has the log", async () => {
  let direct = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const { answeredDirectly } = await checkCommitRun(seed);
      direct += answeredDirectly;
    }),
    { numRuns: RUNS },
  );
  // A property of two ways of writing proves nothing if one of them is never taken.
  expect(direct).toBeGreaterThan(RUNS);
});
