import { expect, test } from "vitest";
import { raiseEpoch, seqOfCursor } from "../../../functions/core/log/epoch.ts";
import { headOf } from "../../support/frames.ts";

test("after a restore a cursor is valid only up to where both epochs agree", () => {
  const raised = raiseEpoch(headOf({ lastSeq: 100 }), 2);
  expect(raised).toMatchObject({ epoch: 2, epochBase: 100, lastSeq: 100 });
  expect(seqOfCursor(raised, [2, 103])).toBe(103);
  expect(seqOfCursor(raised, [1, 100])).toBe(100);
  expect(seqOfCursor(raised, [1, 101])).toBeUndefined();
  expect(seqOfCursor(raised, [3, 1])).toBeUndefined();
  expect(seqOfCursor(raiseEpoch(raised, 5), [1, 1])).toBeUndefined();
  expect(raiseEpoch(raised, 2)).toBe(raised);
});
