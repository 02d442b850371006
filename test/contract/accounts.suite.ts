import { expect, test } from "vitest";
import type { Accounts } from "../../functions/ports/accounts.ts";
import type { Leases } from "../../functions/ports/leases.ts";

const NOW_MS = 1_700_000_000_000;
const signal = new AbortController().signal;
let users = 0;
const newUser = () => `erasing #${++users}`;

/** Contract of every {@link Accounts} beside the leases. */
export function accountsSuite(open: () => { accounts: Accounts; leases: Leases }): void {
  const put = (user: string, issuedAtMs: number) => {
    const times = { connectedAtMs: NOW_MS, expiresAtMs: NOW_MS + 1, issuedAtMs };
    return open().leases.put(user, { connection: "c", device: "phone", ...times }, NOW_MS, signal);
  };

  test("an erasure keeps the tombstone that it began with", async () => {
    const user = newUser();
    const { accounts } = open();
    expect(await accounts.begin(user, "erased:first", signal)).toBe("erased:first");
    expect(await accounts.begin(user, "erased:second", signal)).toBe("erased:first");
  });

  test("while a user is being erased no connection is registered, whenever its token was issued", async () => {
    const user = newUser();
    await open().accounts.begin(user, "erased:x", signal);
    expect(await put(user, NOW_MS)).toEqual({ refused: "revoked" });
    expect((await open().leases.states([user], signal)).get(user)).toMatchObject({ leases: [] });
  });

  test("afterwards nothing is known of the user, and tokens of before are refused still", async () => {
    const user = newUser();
    const { accounts, leases } = open();
    await put(user, NOW_MS);
    await leases.remove(user, "c", NOW_MS, signal);
    await put(user, NOW_MS);
    await accounts.begin(user, "erased:x", signal);
    await leases.revoke(user, NOW_MS + 1_000, signal);
    const before = (await leases.states([user], signal)).get(user);
    await accounts.end(user, "erased:x", NOW_MS, signal);
    expect((await leases.states([user], signal)).get(user)).toEqual({
      leases: [],
      version: before?.version,
      announcedUntilMs: 0,
      lastSeenAtMs: undefined,
    });
    expect(await put(user, NOW_MS)).toEqual({ refused: "revoked" });
    expect(await put(user, NOW_MS + 1_000)).toMatchObject({ leases: [{ connection: "c" }] });
  });

  test("only the erasure that is under way ends, and only once", async () => {
    const user = newUser();
    const { accounts, leases } = open();
    await put(user, NOW_MS);
    await accounts.end(user, "erased:x", NOW_MS, signal);
    await accounts.begin(user, "erased:x", signal);
    await accounts.end(user, "erased:another", NOW_MS, signal);
    expect(await put(user, NOW_MS)).toEqual({ refused: "revoked" });
    await accounts.end(user, "erased:x", NOW_MS, signal);
    expect(await put(user, NOW_MS)).toMatchObject({ leases: [{ connection: "c" }] });
    await accounts.end(user, "erased:x", NOW_MS, signal);
    expect((await leases.states([user], signal)).get(user)?.leases).toHaveLength(1);
    expect(await accounts.begin(user, "erased:next", signal)).toBe("erased:next");
  });
}
