import fc from "fast-check";
import { expect, test } from "vitest";
import { checkGroupRun } from "../support/group-checks.ts";

const RUNS = Number(process.env.PARLEY_PROPERTY_RUNS ?? 200);

/** Counts events over all runs: a property without events proves nothing. */
const happened = new Map<string, number>();
const count = (what: string, times = 1) => happened.set(what, (happened.get(what) ?? 0) + times);

const arbitraryGroup = fc.record({
  seed: fc.integer(),
  isLarge: fc.boolean(),
  history: fc.constantFrom("joined" as const, "joined" as const, "all" as const),
});

test("whatever users, crashes and retries do to a group: one dense log, and everyone sees exactly the entries and the unread count they should", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryGroup, (run) => checkGroupRun(run, count)),
    { numRuns: RUNS },
  );
  // A property of two ways of writing proves nothing if one of them is never taken.
  expect(happened.get("answered directly")).toBeGreaterThan(RUNS / 2);
  for (const kind of ["create", "text", "member.add", "member.remove", "member.leave", "role", "rename"]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
  for (const kind of [
    "edit",
    "delete",
    "reaction",
    "retention",
    "refused forbidden",
    "refused not_a_member",
  ]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
  for (const kind of ["refused not_found", "refused conflict", "left and came back"]) {
    expect(happened.get(kind), kind).toBeGreaterThan(0);
  }
});
