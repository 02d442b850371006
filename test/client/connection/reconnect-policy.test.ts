import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_TIMINGS } from "../../../client/src/api/options.ts";
import { fullJitterMs } from "../../../client/src/connection/backoff.ts";
import {
  type ConnectionEnd,
  FAILURES_BEFORE_REPORT,
  NO_FAILURES,
  planReconnect,
} from "../../../client/src/connection/reconnect-policy.ts";

const bounds = DEFAULT_TIMINGS.reconnect;
const ALMOST_ONE = 1 - Number.EPSILON;

/** Returns the delays after connections that end like this, one after the other. */
function delays(ends: ConnectionEnd[], random = ALMOST_ONE): number[] {
  let history = NO_FAILURES;
  return ends.map((end) => {
    const plan = planReconnect(history, end, bounds, random);
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
    const never = Array.from({ length: 9 }, (): ConnectionEnd => "unopened");
    expect(delays(never)).toEqual([249, 499, 999, 1999, 3999, 7999, 14_999, 14_999, 14_999]);
  });

  test("a connection that was in sync resets the bound; one that was only open does not", () => {
    expect(delays(["unopened", "unopened", "synced", "opened", "opened"])).toEqual([249, 499, 249, 499, 999]);
    expect(delays(["opened", "unopened", "synced", "synced"])).toEqual([249, 499, 249, 249]);
  });

  test("the third failure in a row before open is reported, once", () => {
    let history = NO_FAILURES;
    const failed = Array.from({ length: 4 }, (): ConnectionEnd => "unopened");
    const ends: ConnectionEnd[] = ["unopened", "unopened", "opened", ...failed];
    const reports = ends.map((end) => {
      const plan = planReconnect(history, end, bounds, 0);
      history = plan.history;
      return plan.report;
    });
    expect(FAILURES_BEFORE_REPORT).toBe(3);
    expect(reports).toEqual([false, false, false, false, false, true, false]);
  });
});
