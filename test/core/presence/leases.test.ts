import { expect, test } from "vitest";
import { excessLeases, newLease } from "../../../functions/core/presence/leases.ts";

const TWO_HOURS_MS = 7_200_000;

test("a lease expires with the token or after two hours, whichever is first", () => {
  const connection = { connection: "c", device: undefined, tokenIssuedAtMs: 0 };
  expect(newLease({ ...connection, tokenExpiresAtMs: 5_000 }, 1_000).expiresAtMs).toBe(5_000);
  expect(newLease({ ...connection, tokenExpiresAtMs: 10 ** 12 }, 1_000).expiresAtMs).toBe(
    1_000 + TWO_HOURS_MS,
  );
});

test("beyond twenty connections the oldest are evicted, and expired ones do not count", () => {
  const lease = (index: number, expiresAtMs: number) => ({
    connection: `c${index}`,
    device: undefined,
    connectedAtMs: index,
    expiresAtMs,
  });
  const live = Array.from({ length: 22 }, (_, index) => lease(index, 1_000));
  const { expired, evicted } = excessLeases([...live.toReversed(), lease(99, 10)], 500);
  expect(evicted.map(({ connection }) => connection)).toEqual(["c0", "c1"]);
  expect(expired.map(({ connection }) => connection)).toEqual(["c99"]);
});
