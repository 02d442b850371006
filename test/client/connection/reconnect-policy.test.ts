import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_TIMINGS } from "../../../client/src/api/options.ts";
import { fullJitterMs } from "../../../client/src/connection/backoff.ts";
import {
  FAILURES_BEFORE_REPORT,
  NO_FAILURES,
  planReconnect,
  STABLE_AFTER_MS,
} from "../../../client/src/connection/reconnect-policy.ts";

const bounds = DEFAULT_TIMINGS.reconnect;
const ALMOST_ONE = 1 - Number.EPSILON;

/** Returns the delays after connections that end like this, one after the other. */
function delays(ends: (number | undefined)[], random = ALMOST_ONE): number[] {
  let history = NO_FAILURES;
  return ends.map((openForMs) => {
    const plan = planReconnect(history, openForMs, bounds, random);
    history = plan.history;
    return plan.delayMs;
  });
}

describe("the reconnect policy", () => {
  test("a delay is anywhere between 0 and the bound", () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.double({ min: 0, max: ALMOST_ONE, noNaN: true }), (attempt, random) => {
        const delayMs = fullJitterMs(attempt, bounds, random);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(15_000, 250 * 2 ** attempt));
      }),
    );
    expect(fullJitterMs(3, bounds, 0)).toBe(0);
    expect(fullJitterMs(3, bounds, 0.5)).toBe(1000);
  });

  test("the bound doubles from 250 ms to 15 s", () => {
    const never = Array.from({ length: 9 }, () => undefined);
    expect(delays(never)).toEqual([249, 499, 999, 1999, 3999, 7999, 14_999, 14_999, 14_999]);
  });

  test("a stable connection resets the bound; one that was open only briefly does not", () => {
    expect(delays([undefined, undefined, STABLE_AFTER_MS, STABLE_AFTER_MS - 1, STABLE_AFTER_MS - 1])).toEqual(
      [249, 499, 249, 499, 999],
    );
  });

  test("the third failure in a row before open is reported, once", () => {
    let history = NO_FAILURES;
    const reports = [undefined, undefined, 5, undefined, undefined, undefined, undefined].map((openForMs) => {
      const plan = planReconnect(history, openForMs, bounds, 0);
      history = plan.history;
      return plan.report;
    });
    expect(FAILURES_BEFORE_REPORT).toBe(3);
    expect(reports).toEqual([false, false, false, false, false, true, false]);
  });
});
