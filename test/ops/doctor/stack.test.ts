import { describe, expect, test } from "vitest";
import { checkStack } from "../../../ops/doctor/stack.ts";
import { deployment } from "../support/deployment.ts";

describe("the stack", () => {
  test.for([
    ["CREATE_COMPLETE", "ok"],
    ["UPDATE_COMPLETE", "ok"],
    ["UPDATE_ROLLBACK_COMPLETE", "wrong"],
    ["UPDATE_IN_PROGRESS", "wrong"],
  ] as const)("that is %s is %s", ([status, state]) => {
    expect(checkStack(deployment({}, { status })).state).toBe(state);
  });

  test("whose outputs came from a file is not looked at", () => {
    expect(checkStack(deployment({})).state).toBe("skipped");
  });
});
