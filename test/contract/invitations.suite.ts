import { expect, test } from "vitest";
import type { Invitations } from "../../functions/ports/invitations.ts";
import { LIMITS } from "../../protocol/index.ts";

const signal = new AbortController().signal;
const MS_EACH = (60 * 60 * 1000) / LIMITS.invitationsPerHour;
const NOW_MS = 1_700_000_000_000;
let users = 0;
const newUser = () => `inviting #${++users}`;

/** Contract of every {@link Invitations}. */
export function invitationsSuite(open: () => Invitations): void {
  const take = (user: string, key: string, count: number, nowMs = NOW_MS) =>
    open().take(user, { key, count }, nowMs, signal);

  test("a user has a burst of invitations, which come back one by one", async () => {
    const user = newUser();
    expect(await take(user, "first", 100)).toBeUndefined();
    expect(await take(user, "second", LIMITS.invitationBurst - 100)).toBeUndefined();
    expect(await take(user, "third", 2)).toBe(2 * MS_EACH);
    expect(await take(user, "third", 2, NOW_MS + MS_EACH)).toBe(MS_EACH);
    expect(await take(user, "third", 2, NOW_MS + 2 * MS_EACH)).toBeUndefined();
    expect(await take(user, "fourth", 1, NOW_MS + 2 * MS_EACH)).toBe(MS_EACH);
    expect(await take(newUser(), "another user's", 1)).toBeUndefined();
  });

  test("what was taken is not taken again for the same purpose, and never refused", async () => {
    const user = newUser();
    expect(await take(user, "group", LIMITS.invitationBurst)).toBeUndefined();
    for (let repeat = 0; repeat < 3; repeat++) {
      expect(await take(user, "group", LIMITS.invitationBurst)).toBeUndefined();
    }
    expect(await take(user, "another", 1)).toBe(MS_EACH);
  });

  test("of invitations taken at the same time none is lost", async () => {
    const user = newUser();
    const keys = Array.from({ length: 5 }, (_, index) => `group ${index}`);
    await Promise.all(keys.map((key) => take(user, key, LIMITS.invitationBurst / 5)));
    expect(await take(user, "one more", 1)).toBe(MS_EACH);
  });
}
