import { expect, test } from "vitest";
import { createClient, type Entry } from "../../client/src/index.ts";
import { eventually } from "../support/eventually.ts";
import { append, createGroup, write } from "./support/group.ts";
import { connect, newUser, type Target } from "./support/target.ts";

/** A user's device with the client library, and the entries it showed, in order. */
export function device(target: Target, user: string) {
  const [url = ""] = target.urls;
  const shown: Entry[] = [];
  const client = createClient({ user, url, token: () => target.mintToken(user) });
  client.on("entries", ({ entries }) => shown.push(...entries));
  client.connect();
  return { client, shown, seqs: () => shown.map(({ seq }) => seq) };
}

/** Promises to an application that uses the library. */
export function clientSuite(target: () => Target): void {
  test("a device of a user who joins, leaves and returns shows the entries of their memberships, and does not wait for the rest", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    const group = await createGroup(atAlice, []);
    const atBob = device(target(), bob);
    try {
      await eventually("Bob to be online", () => atBob.client.state === "online", { timeoutMs: 15_000 });
      await write(atAlice, group, "before Bob");
      const joined = await append(atAlice, group, { kind: "member.add", body: { users: [bob] } });
      const hello = await write(atAlice, group, "hello Bob");
      const shows = (what: string, seq: number) =>
        eventually(what, () => atBob.seqs().includes(seq), { timeoutMs: 15_000 });
      await shows("the greeting", hello.seq);
      expect(atBob.seqs()).toEqual([joined.seq, hello.seq]);

      const left = await append(atAlice, group, { kind: "member.remove", body: { users: [bob] } });
      await write(atAlice, group, "while Bob is away");
      const back = await append(atAlice, group, { kind: "member.add", body: { users: [bob] } });
      const again = await write(atAlice, group, "welcome back");
      await shows("the welcome", again.seq);
      expect(atBob.seqs()).toEqual([joined.seq, hello.seq, left.seq, back.seq, again.seq]);
    } finally {
      atBob.client.close();
    }
  });
}
