import { expect, test } from "vitest";
import { describeEntry } from "../../../client/src/ui.ts";
import { isContent, KINDS } from "../../../protocol/kinds.ts";

const inWords = (entry: { kind: string; body?: unknown }) =>
  describeEntry(entry)
    .map((part) =>
      typeof part === "string" ? part : "users" in part ? part.users.join("+") : `“${part.title}”`,
    )
    .join("");

test.each([
  ["create", { title: "Lunch", members: ["bob", "carol"] }, "created the group “Lunch” with bob+carol"],
  ["create", { members: [] }, "created the group"],
  ["member.add", { users: ["dave"] }, "added dave"],
  ["member.remove", { users: ["dave", "eve"] }, "removed dave+eve"],
  ["member.leave", {}, "left"],
  ["rename", { title: "Dinner" }, "renamed the group to “Dinner”"],
  ["role", { user: "bob", role: "admin" }, "made bob an admin"],
  ["role", { user: "bob", role: "member" }, "made bob a member"],
  ["retention", { seconds: 3_600 }, "set messages to be kept for 1 hour"],
  ["retention", { seconds: 604_800 }, "set messages to be kept for 7 days"],
  ["retention", { seconds: null }, "set messages to be kept forever"],
  ["rename", { title: "" }, "renamed the group"],
  ["erased", { user: "bob", tombstone: "erased:x" }, "is gone, with all that they wrote"],
  [
    "erased",
    { user: "bob", tombstone: "erased:x", owner: "carol" },
    "is gone, with all that they wrote; carol owns the group now",
  ],
  ["edit", { of: 3, text: "new" }, "changed #3: new"],
  ["edit", { of: 3 }, "changed #3"],
  ["delete", { of: 3 }, "deleted #3"],
  ["reaction", { of: 3, key: "👍" }, "reacted with 👍 to #3"],
  ["reaction", { of: 3, key: "👍", remove: true }, "removed 👍 from #3"],
  ["reaction", { of: 3, key: "👍", remove: true, user: "bob" }, "removed 👍 of bob from #3"],
  ["a.newer.kind", { any: "thing" }, "(a.newer.kind)"],
  ["toString", {}, "(toString)"],
])("an entry of the kind %s with the body %j says what its sender did", (kind, body, words) => {
  expect(inWords({ kind, body })).toBe(words);
});

test("every kind that people do not write has words, with a body or, as in a preview, without", () => {
  const kinds = Object.keys(KINDS).filter((kind) => !isContent(kind));
  for (const kind of kinds) {
    expect.soft(inWords({ kind })).not.toContain(kind === "create" ? "(create)" : `(${kind})`);
  }
  expect(inWords({ kind: "member.add" })).toBe("added members");
  expect(inWords({ kind: "retention" })).toBe("changed how long messages are kept");
});
