import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { clientSuite, device } from "./client.suite.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { append, createGroup, write } from "./support/group.ts";
import { connect, newUser } from "./support/target.ts";

let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.cloud.stop());

clientSuite(() => embedded.target);

test("a device that was offline while its user was added again shows the same", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const atAlice = await connect(embedded.target, alice);
  const group = await createGroup(atAlice, [bob]);
  const atBob = device(embedded.target, bob);
  try {
    await eventually("the group", () => atBob.seqs().includes(1));
    const [gateway] = embedded.cloud.gateways;
    await gateway?.stop();
    const elsewhere = await connect(embedded.target, alice, { gateway: 1 });
    const left = await append(elsewhere, group, { kind: "member.remove", body: { users: [bob] } });
    await write(elsewhere, group, "while Bob is away");
    const back = await append(elsewhere, group, { kind: "member.add", body: { users: [bob] } });
    await gateway?.start();
    await eventually("Bob's return", () => atBob.seqs().includes(back.seq), { timeoutMs: 30_000 });
    const last = await write(elsewhere, group, "welcome back");
    await eventually("the welcome", () => atBob.seqs().includes(last.seq));
    expect(atBob.seqs()).toEqual([1, left.seq, back.seq, last.seq]);
  } finally {
    atBob.client.close();
  }
});
