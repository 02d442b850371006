import { expect, test } from "vitest";
import { LogModel } from "./log-model.ts";
import { isRule, RULES, type Rule } from "./rules.ts";

// `npm run model` makes 20 000 runs.

const RUNS = 300;

/** Returns what was wrong in the first run that failed. */
function firstFailure(broken?: Rule): string[] {
  for (let seed = 1; seed <= RUNS; seed++) {
    const wrongs = new LogModel(seed, broken).run();
    if (wrongs.length > 0) return wrongs;
  }
  return [];
}

test("the log as it is designed loses, doubles and shows nothing that it should not", () => {
  expect(firstFailure()).toEqual([]);
});

test.each(Object.keys(RULES).filter(isRule))("the model notices that the rule %s is broken", (rule) => {
  expect(firstFailure(rule)).not.toEqual([]);
});
