import { expect, test } from "vitest";
import { whoToWatch } from "../../../client/src/ui.ts";

const peer = (user: string | undefined, blocking = false) => ({ peer: user, blocking });
const many = Array.from({ length: 200 }, (_, index) => peer(`u${index}`));

test("watches the peers of direct conversations and the members of the open group", () => {
  const inbox = [peer("bob"), peer("spam", true), peer("erased:x"), peer(undefined)];
  expect(whoToWatch(inbox, {})).toEqual({ users: ["bob"], conversation: undefined });
  const group = { conversation: "g", members: ["carol", "bob"] };
  expect(whoToWatch(inbox, { group })).toEqual({ users: ["bob", "carol"], conversation: "g" });
});

test("watches the same users, whoever wrote last", () => {
  const [bob, carol] = [peer("bob"), peer("carol")];
  expect(whoToWatch([bob, carol], {})).toEqual(whoToWatch([carol, bob], {}));
});

test("leaves the user out whose screen it is, where asked to", () => {
  expect(whoToWatch([peer("alice"), peer("bob")], { self: "alice" }).users).toEqual(["bob"]);
});

test("watches no more users than one connection may, members of the open group first", () => {
  const { users } = whoToWatch(many, { group: { conversation: "g", members: ["zoe"] } });
  expect(users).toHaveLength(100);
  expect(users).toContain("zoe");
});

test("watches who is on the screen, whatever their place in the list", () => {
  const onScreen = ["u190", "u150", "u151"];
  const { users } = whoToWatch(many, { peers: onScreen });
  expect(users).toHaveLength(100);
  expect(users).toEqual(expect.arrayContaining(onScreen));
  const members = Array.from({ length: 120 }, (_, index) => `m${index}`);
  expect(whoToWatch(many, { peers: onScreen, group: { conversation: "g", members } }).users).toEqual(
    expect.arrayContaining(onScreen),
  );
});

test("watches nobody on the screen who may not be watched: blocked users and strangers", () => {
  const inbox = [peer("bob"), peer("spam", true)];
  expect(whoToWatch(inbox, { peers: ["spam", "stranger"] }).users).toEqual(["bob"]);
});
