import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, type Entry } from "../../client/src/index.ts";
import { eventually } from "../support/eventually.ts";
import { type Embedded, startEmbedded } from "./embedded.ts";
import { append, createGroup, write } from "./group.ts";
import { connect, newUser } from "./target.ts";

let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.cloud.stop());

/** Bob's device, with the library; what it showed, in order. */
function device(user: string) {
  const [url = ""] = embedded.target.urls;
  const shown: Entry[] = [];
  const client = createClient({ user, url, token: () => embedded.target.mintToken(user) });
  client.on("entries", ({ entries }) => shown.push(...entries));
  client.connect();
  return { client, shown, seqs: () => shown.map(({ seq }) => seq) };
}

test("a device of someone who joins, leaves and comes back shows what was said while he was there, and does not wait for the rest", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const group = await createGroup(atAlice, []);
  const atBob = device(bob);
  try {
    await eventually("Bob to be online", () => atBob.client.state === "online");
    await write(atAlice, group, "before Bob");
    const joined = await append(atAlice, group, { kind: "member.add", body: { users: [bob] } });
    const hello = await write(atAlice, group, "hello Bob");
    await eventually("the greeting", () => atBob.seqs().includes(hello.seq));
    expect(atBob.seqs()).toEqual([joined.seq, hello.seq]);

    const left = await append(atAlice, group, { kind: "member.remove", body: { users: [bob] } });
    await write(atAlice, group, "behind his back");
    const back = await append(atAlice, group, { kind: "member.add", body: { users: [bob] } });
    const again = await write(atAlice, group, "welcome back");
    await eventually("the welcome", () => atBob.seqs().includes(again.seq));
    expect(atBob.seqs()).toEqual([joined.seq, hello.seq, left.seq, back.seq, again.seq]);
  } finally {
    atBob.client.close();
  }
});

test("so does one that was offline when its user came back", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const group = await createGroup(atAlice, [bob]);
  const atBob = device(bob);
  try {
    await eventually("the group", () => atBob.seqs().includes(1));
    const [gateway] = embedded.cloud.gateways;
    await gateway?.stop();
    const elsewhere = await connect(embedded.target, alice, { gateway: 1 });
    const left = await append(elsewhere, group, { kind: "member.remove", body: { users: [bob] } });
    await write(elsewhere, group, "behind his back");
    const back = await append(elsewhere, group, { kind: "member.add", body: { users: [bob] } });
    await gateway?.start();
    await eventually("his return", () => atBob.seqs().includes(back.seq), { timeoutMs: 30_000 });
    const last = await write(elsewhere, group, "welcome back");
    await eventually("the welcome", () => atBob.seqs().includes(last.seq));
    expect(atBob.seqs()).toEqual([1, left.seq, back.seq, last.seq]);
  } finally {
    atBob.client.close();
  }
});
