import { expect, test } from "vitest";
import { textOf } from "../../../terminal/format/entry-text.ts";

test.each([
  ["create", { title: "Lunch", members: ["bob", "carol"] }, "created the group Lunch with bob, carol"],
  ["create", { members: [] }, "created the group"],
  ["member.add", { users: ["dave"] }, "added dave"],
  ["member.remove", { users: ["dave", "eve"] }, "removed dave, eve"],
  ["member.leave", {}, "left"],
  ["rename", { title: "Dinner" }, "renamed the group to Dinner"],
  ["role", { user: "bob", role: "admin" }, "made bob an admin"],
  ["retention", { seconds: 86_400 }, "set messages to be kept for 24 hours"],
  ["retention", { seconds: 604_800 }, "set messages to be kept for 7 days"],
  ["retention", { seconds: null }, "set messages to be kept forever"],
  ["member.add", { users: ["erased:x1", "dave"] }, "added Deleted account, dave"],
  [
    "erased",
    { user: "bob", tombstone: "erased:x1", owner: "carol" },
    "is gone, with all that they wrote; carol owns the group now",
  ],
  ["edit", { of: 3, text: "new" }, "changed #3: new"],
  ["edit", { of: 3 }, "changed #3"],
  ["delete", { of: 3 }, "deleted #3"],
  ["reaction", { of: 3, key: "👍" }, "reacted with 👍 to #3"],
  ["reaction", { of: 3, key: "👍", remove: true }, "removed 👍 from #3"],
  ["x.poll", { question: "?" }, "(x.poll)"],
  ["text", { text: "a\nb" }, "a ↵ b"],
])("an entry of kind %s with body %j is described in words", (kind, body, text) => {
  expect(textOf({ kind, body })).toBe(text);
});

test("an entry is described even if only its kind is known", () => {
  const kinds = [
    "create",
    "member.add",
    "member.remove",
    "member.leave",
    "rename",
    "role",
    "retention",
    "text",
  ];
  expect(kinds.map((kind) => textOf({ kind }))).toEqual([
    "created the group",
    "added members",
    "removed members",
    "left",
    "renamed the group",
    "changed a role",
    "changed how long messages are kept",
    "(deleted)",
  ]);
});
