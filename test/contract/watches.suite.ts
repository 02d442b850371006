import { expect, test } from "vitest";
import type { Watches } from "../../functions/ports/watches.ts";

const signal = new AbortController().signal;
let names = 0;
const fresh = (name: string) => `${name} ${++names}#`;

/** Contract of every {@link Watches}. */
export function watchesSuite(open: () => Watches): void {
  const connectionsWatching = async (user: string, nowMs = 0) => {
    const { watchers } = await open().watchersOf(user, { from: undefined, limit: 250 }, nowMs, signal);
    return watchers.map(({ connection }) => connection).sort();
  };

  test("every watching connection of a user is found until its watch expires", async () => {
    const [bob, alice] = [fresh("bob"), fresh("alice")];
    await open().replace({ user: alice, connection: "L0SM9cOFvHc=" }, [bob], 1_000, signal);
    await open().replace({ user: alice, connection: "L0SM9c+/vHc=" }, [bob], 2_000, signal);
    const page = { from: undefined, limit: 10 };
    const { watchers, next } = await open().watchersOf(bob, page, 999, signal);
    expect(watchers.map(({ user }) => user)).toEqual([alice, alice]);
    expect(next).toBeUndefined();
    expect(await connectionsWatching(bob, 999)).toEqual(["L0SM9c+/vHc=", "L0SM9cOFvHc="]);
    expect(await connectionsWatching(bob, 1_000)).toEqual(["L0SM9c+/vHc="]);
    expect(await connectionsWatching(bob, 2_000)).toEqual([]);
  });

  test("a new set replaces the connection's previous one, and no other's", async () => {
    const users = Array.from({ length: 100 }, () => fresh("user"));
    const [first = "", second = "", last = ""] = [users[0], users[1], users.at(-1)];
    const [one, two] = [fresh("one"), fresh("two")];
    const alice = fresh("alice");
    await open().replace({ user: alice, connection: one }, users, 1_000, signal);
    await open().replace({ user: alice, connection: two }, users, 1_000, signal);
    expect(await connectionsWatching(last)).toEqual([one, two].sort());
    await open().replace({ user: alice, connection: one }, [second], 1_000, signal);
    expect(await connectionsWatching(first)).toEqual([two]);
    expect(await connectionsWatching(second)).toEqual([one, two].sort());
    await open().replace({ user: alice, connection: two }, [], 1_000, signal);
    for (const user of users) expect(await connectionsWatching(user)).toEqual(user === second ? [one] : []);
  });

  test("repeating a set changes only its expiry", async () => {
    const [bob, connection] = [fresh("bob"), fresh("c")];
    for (const expiresAtMs of [1_000, 3_000])
      await open().replace({ user: "alice", connection }, [bob], expiresAtMs, signal);
    expect(await connectionsWatching(bob, 2_000)).toEqual([connection]);
  });

  test("repeating a set restores a watch that was removed", async () => {
    const [bob, carol, connection] = [fresh("bob"), fresh("carol"), fresh("c")];
    const watch = () => open().replace({ user: "alice", connection }, [bob, carol], 1_000, signal);
    await watch();
    await open().remove(bob, connection, signal);
    await watch();
    for (const user of [bob, carol]) expect(await connectionsWatching(user)).toEqual([connection]);
  });

  test("many watchers are read page by page, each once", async () => {
    const bob = fresh("bob");
    const connections = Array.from({ length: 23 }, (_, index) => `c${String(index).padStart(2, "0")}`);
    for (const connection of connections)
      await open().replace({ user: `watcher of ${bob}`, connection }, [bob], 1_000, signal);
    const found: string[] = [];
    let from: string | undefined;
    do {
      const page = await open().watchersOf(bob, { from, limit: 5 }, 0, signal);
      expect(page.watchers.length).toBeLessThanOrEqual(5);
      found.push(...page.watchers.map(({ connection }) => connection));
      // The last connection of a page may be removed before the next page is read.
      if (page.next === "c09") await open().remove(bob, "c09", signal);
      from = page.next;
    } while (from !== undefined);
    expect(found).toEqual(connections);
    const part = { from: "c04", until: "c07", limit: 250 };
    const { watchers, next } = await open().watchersOf(bob, part, 0, signal);
    expect(watchers.map(({ connection }) => connection)).toEqual(["c05", "c06", "c07"]);
    expect(next).toBeUndefined();
  });

  test("the watches of some connections are found, with the conversation that they name", async () => {
    const [bob, one, two] = [fresh("bob"), fresh("one"), fresh("two")];
    const watch = (connection: string, conversation?: string) =>
      open().replace({ user: "alice", connection, conversation }, [bob], 1_000, signal);
    await watch(one, "g1");
    await watch(two);
    const watching = (nowMs: number) => open().watching(bob, [one, two, fresh("three")], nowMs, signal);
    const byName = async () => new Map((await watching(0)).map((watcher) => [watcher.connection, watcher]));
    expect((await byName()).get(one)).toEqual({ user: "alice", connection: one, conversation: "g1" });
    expect((await byName()).get(two)).toEqual({ user: "alice", connection: two });
    expect(await watching(1_000)).toEqual([]);
    await watch(one, "g2");
    expect((await byName()).get(one)?.conversation).toBe("g2");
    const page = { from: undefined, limit: 10 };
    const { watchers } = await open().watchersOf(bob, page, 0, signal);
    expect(watchers.find(({ connection }) => connection === one)?.conversation).toBe("g2");
  });

  test("all watches of a user and by a user are removed, and nobody else's", async () => {
    const [alice, bob, carol] = [fresh("alice"), fresh("bob"), fresh("carol")];
    const [own, bobs] = [fresh("own"), fresh("bobs")];
    await open().replace({ user: alice, connection: own }, [bob, carol], 1_000, signal);
    await open().replace({ user: bob, connection: bobs }, [alice, carol], 1_000, signal);
    const others = Array.from({ length: 60 }, () => fresh("other"));
    for (const connection of others) {
      await open().replace({ user: carol, connection }, [alice], 1_000, signal);
    }
    for (let calls = 0; (await open().removeAll(alice, signal)) > 0; calls += 1) {
      expect(calls).toBeLessThan(5);
    }
    expect(await connectionsWatching(alice)).toEqual([]);
    expect(await connectionsWatching(bob)).toEqual([]);
    expect(await connectionsWatching(carol)).toEqual([bobs]);
    // The set of a watching connection is as if the user had never been in it.
    await open().replace({ user: bob, connection: bobs }, [alice, carol], 1_000, signal);
    expect(await connectionsWatching(alice)).toEqual([bobs]);
  });

  test("one watch is removed, the others stay; removing it again is no error", async () => {
    const [bob, carol, connection] = [fresh("bob"), fresh("carol"), fresh("c")];
    await open().replace({ user: "alice", connection }, [bob, carol], 1_000, signal);
    for (let time = 0; time < 2; time++) await open().remove(bob, connection, signal);
    expect(await connectionsWatching(bob)).toEqual([]);
    expect(await connectionsWatching(carol)).toEqual([connection]);
  });
}
