import { describe, expect, test } from "vitest";
import { checkStack } from "../../../ops/doctor/stack.ts";
import { deployment } from "../support/deployment.ts";

describe("the stack check", () => {
  test.for([
    ["CREATE_COMPLETE", "ok"],
    ["UPDATE_COMPLETE", "ok"],
    ["UPDATE_ROLLBACK_COMPLETE", "wrong"],
    ["UPDATE_IN_PROGRESS", "wrong"],
  ] as const)("of a stack in state %s is %s", ([status, state]) => {
    expect(checkStack(deployment({}, { status })).state).toBe(state);
  });

  test("is skipped if the outputs come from a file", () => {
    expect(checkStack(deployment({})).state).toBe("skipped");
  });
});
