import { afterAll, beforeAll, expect, test } from "vitest";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { append, createGroup, outcomeOf } from "./support/group.ts";
import { bothSpeak, connect, newUser, say } from "./support/target.ts";

let embedded: Embedded;
beforeAll(async () => {
  embedded = await startEmbedded({ whoMayAdd: "known", presenceGraceSeconds: 1 });
});
afterAll(() => embedded.cloud.stop());

test("with `whoMayAdd: known`, only people who have both written can be added, and nobody learns more", async () => {
  const [alice, friend, stranger] = [newUser("alice"), newUser("friend"), newUser("stranger")];
  const [atAlice, atStranger] = [
    await connect(embedded.target, alice),
    await connect(embedded.target, stranger),
  ];
  await bothSpeak(embedded.target, atAlice, alice, friend);
  const group = await createGroup(atAlice, [friend]);
  const add = (user: string) => append(atAlice, group, { kind: "member.add", body: { users: [user] } });
  const refused = { refused: "consent_required" };
  expect(await add(stranger)).toMatchObject(refused);
  expect(await add(newUser("never"))).toMatchObject(refused);
  atAlice.send({ type: "create", id: "with-stranger", members: [friend, stranger] });
  expect(await outcomeOf(atAlice, "with-stranger")).toMatchObject(refused);
  expect(atStranger.all("joined")).toEqual([]);

  // One message is not enough, and a block is answered in the same way.
  await say(atAlice, stranger, "may I add you?");
  expect(await add(stranger)).toMatchObject(refused);
  await say(atStranger, alice, "yes", [1, 1]);
  await atStranger.request({ type: "block", user: alice });
  expect(await add(stranger)).toMatchObject(refused);
  await atStranger.request({ type: "unblock", user: alice });
  expect(await add(stranger)).toMatchObject({ refused: undefined });
  await atStranger.next("joined", ({ conversation }) => conversation === group);
});
