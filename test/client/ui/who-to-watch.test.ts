import { expect, test } from "vitest";
import { whoToWatch } from "../../../client/src/ui.ts";

const peer = (user: string | undefined, blocking = false) => ({ peer: user, blocking });

test("watches the peers of direct conversations and the members of the open group", () => {
  const inbox = [peer("bob"), peer("spam", true), peer(undefined)];
  expect(whoToWatch(inbox, undefined)).toEqual({ users: ["bob"], conversation: undefined });
  const group = { conversation: "g", members: ["carol", "bob"] };
  expect(whoToWatch(inbox, group)).toEqual({ users: ["bob", "carol"], conversation: "g" });
});

test("watches the same users, whoever wrote last", () => {
  const [bob, carol] = [peer("bob"), peer("carol")];
  expect(whoToWatch([bob, carol], undefined)).toEqual(whoToWatch([carol, bob], undefined));
});

test("leaves the user out whose screen it is, where asked to", () => {
  expect(whoToWatch([peer("alice"), peer("bob")], undefined, "alice").users).toEqual(["bob"]);
});

test("watches no more users than one connection may, members of the open group first", () => {
  const many = Array.from({ length: 150 }, (_, index) => peer(`u${index}`));
  const { users } = whoToWatch(many, { conversation: "g", members: ["zoe"] });
  expect(users).toHaveLength(100);
  expect(users).toContain("zoe");
});
