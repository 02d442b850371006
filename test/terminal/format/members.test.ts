import { expect, test } from "vitest";
import { formatMembers } from "../../../terminal/format/members.ts";
import { NOW, offline, online, style } from "../support/fixtures.ts";

test("members are listed with role and presence, online members first", () => {
  const members = [
    { user: "dave", role: "member" },
    { user: "bob", role: "admin" },
    { user: "carol", role: "member" },
    { user: "alice", role: "owner" },
  ] as const;
  const presence = new Map([online("carol"), offline("dave", NOW - 60_000), offline("bob")]);
  expect(formatMembers(members, presence, style)).toEqual([
    "● alice  owner   you",
    "● carol  member",
    "○ bob    admin",
    "○ dave   member  last seen 10:02",
  ]);
});
