import { expect, test } from "vitest";
import type { AbuseCounter } from "../../functions/ports/abuse-counter.ts";

const signal = new AbortController().signal;
const MINUTE_MS = 60_000;
let users = 0;
const newUser = () => `flooder #${++users}`;

/** Contract of every {@link AbuseCounter}. */
export function abuseCounterSuite(open: () => AbuseCounter): void {
  test("refusals are counted per minute and per user", async () => {
    const [one, other] = [newUser(), newUser()];
    for (const expected of [1, 2, 3]) expect(await open().count(one, 5 * MINUTE_MS, signal)).toBe(expected);
    expect(await open().count(other, 5 * MINUTE_MS, signal)).toBe(1);
    expect(await open().count(one, 6 * MINUTE_MS - 1, signal)).toBe(4);
    expect(await open().count(one, 6 * MINUTE_MS, signal)).toBe(1);
    expect(await open().count(one, 6 * MINUTE_MS, signal)).toBe(2);
  });

  test("concurrent counts are all counted", async () => {
    const user = newUser();
    const counts = await Promise.all(Array.from({ length: 10 }, () => open().count(user, MINUTE_MS, signal)));
    expect(Math.max(...counts)).toBe(10);
  });

  test("a late count of the previous minute leaves the current one alone", async () => {
    const user = newUser();
    await open().count(user, 2 * MINUTE_MS, signal);
    await open().count(user, MINUTE_MS, signal);
    expect(await open().count(user, 2 * MINUTE_MS, signal)).toBe(2);
  });
}
