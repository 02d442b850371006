import { afterEach, expect, test, vi } from "vitest";
import type { Plan, PlanInput } from "../../../functions/core/commit/plan.ts";
import { isRule, RULES } from "../model/rules.ts";
import { BREACHES } from "../support/broken-worlds.ts";
import { checkCommitRun } from "../support/commit-checks.ts";
import { checkGroupRun } from "../support/group-checks.ts";
import { MemoryWorld, type World } from "../support/world.ts";

// A property that no mistake breaks proves nothing: each rule of the model is broken in the real code, and the same runs
// that pass with the code as it is must fail.

type Planner = (planWrite: (input: PlanInput) => Plan, input: PlanInput) => Plan;

const asDesigned: Planner = (planWrite, input) => planWrite(input);
const planner = vi.hoisted(() => ({ plan: undefined as Planner | undefined }));

vi.mock("../../../functions/core/commit/plan.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../../functions/core/commit/plan.ts")>();
  const planWrite = (input: PlanInput) => (planner.plan ?? asDesigned)(original.planWrite, input);
  return { ...original, planWrite };
});

afterEach(() => {
  planner.plan = undefined;
});

/** The rarest mistakes show in about one run of a hundred. */
const MAX_SEED = 600;

const seeds = Array.from({ length: MAX_SEED }, (_, index) => index + 1);

async function checkRuns(seed: number, openWorld: () => World): Promise<void> {
  await checkCommitRun(seed, openWorld());
  const history = seed % 3 === 0 ? "all" : "joined";
  await checkGroupRun({ seed, isLarge: false, history }, undefined, openWorld());
}

/** Returns true for a run that fails a check: a mistake of the breach itself is no such failure. */
async function fails(seed: number, openWorld: () => World): Promise<boolean> {
  try {
    await checkRuns(seed, openWorld);
    return false;
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    return true;
  }
}

test.each(Object.keys(RULES).filter(isRule))("the rule %s is broken, and a run fails", async (rule) => {
  const { plan, world } = BREACHES[rule];
  planner.plan = plan;
  for (const seed of seeds) {
    if (!(await fails(seed, world))) continue;
    planner.plan = undefined;
    // With every rule kept, the same run passes.
    return checkRuns(seed, () => new MemoryWorld());
  }
  expect.fail(`no run notices that ${RULES[rule]}`);
});
