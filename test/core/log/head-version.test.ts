import { expect, test } from "vitest";
import {
  firstVersion,
  isNewer,
  newestEpoch,
  nextVersion,
  versionAbove,
} from "../../../functions/core/log/head-version.ts";

/** Returns the versions of `count` writes, the first of a conversation among them. */
function versions(count: number, epoch = 1): string[] {
  const all = [firstVersion(epoch)];
  while (all.length < count) all.push(nextVersion(all.at(-1) ?? "", epoch));
  return all;
}

test("versions sort by time, however many there are", () => {
  const all = versions(3_000);
  expect([...all].sort()).toEqual(all);
  expect(all.at(-1)).toMatch(/^001\.000002bc\.[\w-]{4}$/);
});

test("a version of a later epoch is later, whatever its number", () => {
  const [, , last = ""] = versions(3);
  const restored = nextVersion(firstVersion(1), 2);
  expect(restored > last).toBe(true);
  expect(restored).toMatch(/^002\.00000002\./);
});

test("a restored table does not repeat a version that a writer from before still holds", () => {
  const before = firstVersion(1);
  const again = Array.from({ length: 100 }, () => nextVersion(before, 1));
  // Chance has 16 million values.
  expect(new Set(again).size).toBeGreaterThan(90);
});

test("a segment of a later write is newer than the head", () => {
  const head = firstVersion(1);
  expect(isNewer(nextVersion(head, 1), head)).toBe(true);
  expect(isNewer(head, nextVersion(head, 1))).toBe(false);
  // A flush that did not finish.
  expect(isNewer(head, head)).toBe(false);
});

test("a version above others is newer than each of them, by epoch and by number", () => {
  const late = nextVersion(nextVersion(firstVersion(1), 1), 1);
  const raised = firstVersion(2);
  const above = versionAbove([late, raised]);
  expect([above, late, raised].sort().at(-1)).toBe(above);
  expect(above.split(".")[1]).toBe("00000004");
  expect(newestEpoch([late, raised, above])).toBe(2);
});
