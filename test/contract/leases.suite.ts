import { expect, test } from "vitest";
import type { Lease, Leases, UserState } from "../../functions/ports/leases.ts";

const NOW_MS = 1;
const signal = new AbortController().signal;
let users = 0;
const newUser = () => `üser #${++users}`;
const lease = (connection: string, over: Partial<Lease> = {}): Lease => ({
  connection,
  device: "phone",
  connectedAtMs: 1,
  expiresAtMs: 2,
  ...over,
});
const sorted = (leases: readonly Lease[] | undefined) =>
  [...(leases ?? [])].sort((a, b) => a.connection.localeCompare(b.connection));

function stateOf(result: UserState | { refused: string }): UserState {
  if ("refused" in result) throw new Error(`refused: ${result.refused}`);
  return result;
}
const leasesOf = (result: UserState | { refused: string }) => sorted(stateOf(result).leases);

/** Contract of every {@link Leases}. */
export function leasesSuite(open: () => Leases): void {
  test("a registered connection is read back with all its fields", async () => {
    const user = newUser();
    const one = lease("L0SM9cOFvHcCIhw=");
    const two = lease("L0SM9dAAvHcCIhx+/=", { device: undefined });
    expect(leasesOf(await open().put(user, one, NOW_MS, signal))).toEqual([one]);
    expect(leasesOf(await open().put(user, two, NOW_MS, signal))).toEqual(sorted([one, two]));
    expect(sorted((await open().read([user], signal)).get(user))).toEqual(sorted([one, two]));
  });

  test("removing a connection leaves the user's others alone, a newer one of the same device included", async () => {
    const user = newUser();
    await open().put(user, lease("old"), NOW_MS, signal);
    await open().put(user, lease("new", { connectedAtMs: 5 }), NOW_MS, signal);
    await open().remove(user, "old", NOW_MS, signal);
    expect((await open().read([user], signal)).get(user)?.map(({ connection }) => connection)).toEqual([
      "new",
    ]);
  });

  test("removing a missing connection changes nothing and is no error", async () => {
    const user = newUser();
    const state = { leases: [], version: 0, announcedUntilMs: 0, lastSeenAtMs: undefined };
    expect(await open().remove(user, "never", NOW_MS, signal)).toEqual({ removed: false, state });
    expect((await open().states([user], signal)).get(user)).toEqual(state);
    await open().put(user, lease("here"), NOW_MS, signal);
    await open().remove(user, "never", NOW_MS, signal);
    expect((await open().read([user], signal)).get(user)).toHaveLength(1);
  });

  test("concurrent registrations and removals do not undo each other", async () => {
    const user = newUser();
    const names = Array.from({ length: 20 }, (_, index) => `c${String(index).padStart(2, "0")}`);
    for (const name of names.slice(0, 10)) await open().put(user, lease(name), NOW_MS, signal);
    await Promise.all([
      ...names.slice(0, 10).map((name) => open().remove(user, name, NOW_MS, signal)),
      ...names.slice(10).map((name) => open().put(user, lease(name), NOW_MS, signal)),
    ]);
    const left = (await open().read([user], signal)).get(user);
    expect(sorted(left).map(({ connection }) => connection)).toEqual(names.slice(10));
  });

  test("the leases of many users are read at once, each user with their own", async () => {
    const many = Array.from({ length: 130 }, newUser);
    const [first = "", last = ""] = [many[0], many.at(-1)];
    await open().put(first, lease("a"), NOW_MS, signal);
    await open().put(last, lease("b"), NOW_MS, signal);
    const read = await open().read(many, signal);
    expect(read.size).toBe(130);
    expect(read.get(first)).toEqual([lease("a")]);
    expect(read.get(last)).toEqual([lease("b")]);
  });

  const stateNow = async (user: string) => {
    const state = (await open().states([user], signal)).get(user);
    if (state === undefined) throw new Error("every requested user has a state");
    return { ...state, leases: state.leases.length };
  };

  test("an unknown user has an empty state", async () => {
    expect(await stateNow(newUser())).toEqual({
      leases: 0,
      version: 0,
      announcedUntilMs: 0,
      lastSeenAtMs: undefined,
    });
  });

  test("every registration has its own version, even of a connection already registered", async () => {
    const user = newUser();
    const versions = [];
    for (const name of ["a", "b", "a"])
      versions.push(stateOf(await open().put(user, lease(name), NOW_MS, signal)).version);
    expect(versions).toEqual([1, 2, 3]);
    expect(await stateNow(user)).toMatchObject({ leases: 2, version: 3 });
  });

  test("a removal returns if there was a lease, the leases left, and when the last one was removed", async () => {
    const user = newUser();
    await open().put(user, lease("a"), NOW_MS, signal);
    await open().put(user, lease("b"), NOW_MS, signal);
    const first = await open().remove(user, "a", 50, signal);
    expect(first).toEqual({
      removed: true,
      state: { leases: [lease("b")], version: 2, announcedUntilMs: 0, lastSeenAtMs: 50 },
    });
    const again = await open().remove(user, "a", 60, signal);
    expect(again).toMatchObject({ removed: false, state: { leases: [lease("b")], lastSeenAtMs: 50 } });
    expect(await open().remove(user, "b", 70, signal)).toMatchObject({
      removed: true,
      state: { leases: [], lastSeenAtMs: 70 },
    });
    expect(await stateNow(user)).toMatchObject({ leases: 0, lastSeenAtMs: 70 });
  });

  test("of two concurrent removals exactly one is the last", async () => {
    for (let round = 0; round < 5; round++) {
      const user = newUser();
      for (const name of ["a", "b"]) await open().put(user, lease(name), NOW_MS, signal);
      const results = await Promise.all(["a", "b"].map((name) => open().remove(user, name, NOW_MS, signal)));
      expect(results.filter(({ state }) => state.leases.length === 0)).toHaveLength(1);
    }
  });

  test("an announcement is recorded only while the version is the announced one", async () => {
    const user = newUser();
    await open().put(user, lease("a"), NOW_MS, signal);
    expect(await open().markOnline(user, 1, 500, signal)).toBe(true);
    expect(await stateNow(user)).toMatchObject({ version: 1, announcedUntilMs: 500 });
    await open().put(user, lease("b"), NOW_MS, signal);
    expect(await open().markOnline(user, 1, 900, signal)).toBe(false);
    expect(await open().markOffline(user, 1, signal)).toBe(false);
    expect(await stateNow(user)).toMatchObject({ version: 2, announcedUntilMs: 500 });
    expect(await open().markOffline(user, 2, signal)).toBe(true);
    expect(await stateNow(user)).toMatchObject({ version: 3, announcedUntilMs: 0 });
    expect(await open().markOnline(user, 2, 900, signal)).toBe(false);
  });

  test("an unknown user can be marked offline, too", async () => {
    const user = newUser();
    expect(await open().markOffline(user, 0, signal)).toBe(true);
    expect(await stateNow(user)).toMatchObject({ version: 1, announcedUntilMs: 0 });
  });

  test("after a revocation only tokens issued since then can register a connection", async () => {
    const user = newUser();
    await open().put(user, lease("before", { issuedAtMs: 1_000 }), NOW_MS, signal);
    const revoked = await open().revoke(user, 2_000, signal);
    expect(leasesOf(revoked)).toEqual([lease("before", { issuedAtMs: 1_000 })]);
    const put = (connection: string, issuedAtMs?: number) =>
      open().put(user, lease(connection, { issuedAtMs }), NOW_MS, signal);
    expect(await put("old", 1_999)).toEqual({ refused: "revoked" });
    // A token without an issue time counts as older than any revocation; so does the lease of a connection from
    // before this was stored.
    expect(await put("silent", undefined)).toEqual({ refused: "revoked" });
    // The same connection cannot register again either.
    expect(await put("before", 1_000)).toEqual({ refused: "revoked" });
    expect(stateOf(await put("new", 2_000)).leases).toHaveLength(2);
    expect(await stateNow(user)).toMatchObject({ leases: 2, version: 2 });
  });

  test("a revocation time never goes back, and a late revocation still returns the connections", async () => {
    const user = newUser();
    await open().revoke(user, 2_000, signal);
    await open().put(user, lease("new", { issuedAtMs: 2_500 }), NOW_MS, signal);
    expect(leasesOf(await open().revoke(user, 1_000, signal))).toEqual([lease("new", { issuedAtMs: 2_500 })]);
    expect(await open().put(user, lease("old", { issuedAtMs: 1_500 }), NOW_MS, signal)).toEqual({
      refused: "revoked",
    });
  });

  test("during a penalty no connection is registered, and the penalty is never shortened", async () => {
    const user = newUser();
    await open().put(user, lease("here"), NOW_MS, signal);
    expect(leasesOf(await open().penalize(user, 5_000, signal))).toEqual([lease("here")]);
    await open().penalize(user, 3_000, signal);
    expect(await open().put(user, lease("a"), 4_999, signal)).toEqual({ refused: "penalized" });
    expect(stateOf(await open().put(user, lease("a"), 5_000, signal)).leases).toHaveLength(2);
  });
}
