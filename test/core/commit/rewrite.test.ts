import { describe, expect, test } from "vitest";
import type { Actor } from "../../../functions/core/commit/permission.ts";
import { type RewritingEntry, rewrite } from "../../../functions/core/commit/rewrite.ts";
import { withoutText } from "../../../functions/core/log/visibility.ts";
import { type Entry, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import { textEntry } from "../support/logs.ts";

const author: Actor = { user: "alice", role: "member", isSystem: false };
const other: Actor = { ...author, user: "bob" };
const admin: Actor = { ...other, role: "admin" };
const owner: Actor = { ...other, role: "owner" };
const system: Actor = { user: "a back end", role: "owner", isSystem: true };

const edit = { id: "1", kind: "edit", body: { of: 3, text: "new" } } as const;
const deletion = { id: "2", kind: "delete", body: { of: 3 } } as const;
const react = (key: string, remove?: boolean): RewritingEntry => ({
  id: "3",
  kind: "reaction",
  body: { of: 3, key, ...(remove !== undefined && { remove }) },
});
const text = (over: Partial<Entry> = {}) => textEntry(3, over);

function rewritten(one: RewritingEntry, target: Entry | undefined, actor = author, isGroup = true) {
  return rewrite(one, target, { actor, isGroup, seq: 9, atMs: 1_000 });
}

function targetOf(one: RewritingEntry, target: Entry, actor = author): Entry {
  const result = rewritten(one, target, actor);
  if ("refused" in result) throw new Error(result.refused);
  return result.target;
}

describe.each([
  ["edit", edit],
  ["delete", deletion],
] as const)("who may %s what someone wrote", (_, one) => {
  test.each<[string, Actor, boolean, boolean]>([
    ["its author, in a group", author, true, true],
    ["its author, in a direct conversation", author, false, true],
    ["another member", other, true, false],
    ["the other side of a direct conversation", other, false, false],
    ["an admin of the group", admin, true, true],
    ["an owner of the group", owner, true, true],
    ["nobody by a role in a direct conversation", owner, false, false],
    ["a back end, in a group", system, true, true],
    ["a back end, in a direct conversation", system, false, true],
  ])("%s", (_who, actor, isGroup, may) => {
    const result = rewritten(one, text(), actor, isGroup);
    if (may) expect(result).toHaveProperty("target");
    else expect(result).toEqual({ refused: "forbidden" });
  });
});

test("everybody may react to what anybody wrote", () => {
  for (const actor of [author, other, admin]) {
    expect(targetOf(react("👍"), text(), actor).reactions).toEqual({ "👍": [actor.user] });
  }
});

test.each<[string, RewritingEntry, Entry | undefined, string]>([
  ["an edit of what is not there", edit, undefined, "not_found"],
  ["a deletion of what is not there", deletion, undefined, "not_found"],
  ["a reaction to what is not there", react("👍"), undefined, "not_found"],
  ["an edit of what was deleted", edit, text({ body: null, deletedAtMs: 5 }), "conflict"],
  ["a second deletion", deletion, text({ body: null, deletedAtMs: 5 }), "conflict"],
  ["a reaction to what was deleted", react("👍"), text({ body: null, deletedAtMs: 5 }), "conflict"],
  ["an edit of an application's entry", edit, text({ kind: "x.poll" }), "conflict"],
  ["an edit of an edit", edit, text({ kind: "edit", body: { of: 1, text: "a" } }), "conflict"],
  ["a deletion of a reaction", deletion, text({ kind: "reaction" }), "conflict"],
  ["a deletion of a removal", deletion, text({ kind: "member.remove" }), "conflict"],
  ["a reaction to the creation of the group", react("👍"), text({ kind: "create" }), "conflict"],
])("%s is refused", (_, one, target, refused) => {
  expect(rewritten(one, target)).toEqual({ refused });
});

test("an application's entry can be deleted and reacted to", () => {
  const poll = text({ kind: "x.poll", body: { a: 1 } });
  expect(targetOf(deletion, poll)).toMatchObject({ body: null, deletedAtMs: 1_000 });
  expect(targetOf(react("👍"), poll)).toMatchObject({ body: { a: 1 }, reactions: { "👍": ["alice"] } });
});

test("an edit replaces the text, with its time and the seq it is from", () => {
  expect(rewritten(edit, text())).toEqual({
    target: { ...text(), body: { text: "new" }, editedAtMs: 1_000, editSeq: 9 },
    superseded: undefined,
  });
});

test("an edit names the edit before it, whose text must go", () => {
  expect(rewritten(edit, text({ editedAtMs: 500, editSeq: 5 }))).toMatchObject({
    target: { editSeq: 9, editedAtMs: 1_000 },
    superseded: 5,
  });
});

test("an edit leaves the reactions", () => {
  expect(targetOf(edit, text({ reactions: { "👍": ["bob"] } })).reactions).toEqual({ "👍": ["bob"] });
});

test("a deletion leaves nothing of the body, the reactions and the edit that held the text", () => {
  const result = rewritten(deletion, text({ reactions: { "👍": ["bob"] }, editedAtMs: 500, editSeq: 5 }));
  expect(result).toEqual({
    target: { ...text(), body: null, editedAtMs: 500, deletedAtMs: 1_000 },
    superseded: 5,
  });
});

test("an edit without its text still names the entry it edited", () => {
  expect(withoutText(textEntry(5, { kind: "edit", body: { of: 3, text: "secret" } }))).toEqual(
    textEntry(5, { kind: "edit", body: { of: 3 } }),
  );
});

test("reactions are sets of users by key", () => {
  let target = targetOf(react("👍"), text(), author);
  target = targetOf(react("👍", false), target, other);
  target = targetOf(react("🎉"), target, other);
  expect(target.reactions).toEqual({ "👍": ["alice", "bob"], "🎉": ["bob"] });
  expect(rewritten(react("👍"), target, other)).toEqual({ refused: "conflict" });
});

test("each user takes back their own reaction, and the last one removes the key", () => {
  const target = text({ reactions: { "👍": ["alice", "bob"], "🎉": ["bob"] } });
  expect(rewritten(react("🎉", true), target, author)).toEqual({ refused: "conflict" });
  const without = targetOf(react("👍", true), target, author);
  expect(without.reactions).toEqual({ "👍": ["bob"], "🎉": ["bob"] });
  const left = targetOf(react("🎉", true), targetOf(react("👍", true), without, other), other);
  expect(left).not.toHaveProperty("reactions");
});

test.each(["__proto__", "constructor", "toString"])("%s is a reaction like any other", (key) => {
  const target = targetOf(react(key), text());
  expect(Object.entries(target.reactions ?? {})).toEqual([[key, ["alice"]]]);
  expect(targetOf(react(key, true), target)).not.toHaveProperty("reactions");
});

test("an entry takes reactions up to a size, and they can always be taken back", () => {
  let target = text();
  let count = 0;
  for (;;) {
    const result = rewritten(react("👍"), target, { ...author, user: `user ${count}` });
    if ("refused" in result) {
      expect(result.refused).toBe("too_large");
      break;
    }
    target = result.target;
    count += 1;
    expect(utf8Bytes(JSON.stringify(target.reactions))).toBeLessThanOrEqual(LIMITS.reactionsBytes);
  }
  expect(count).toBeGreaterThan(100);
  expect(targetOf(react("👍", true), target, { ...author, user: "user 0" }).reactions?.["👍"]).toHaveLength(
    count - 1,
  );
});

test("one user reacts with five keys, and leaves room for the others", () => {
  let target = text();
  for (const key of ["1", "2", "3", "4", "5"]) target = targetOf(react(key), target, other);
  expect(rewritten(react("6"), target, other)).toEqual({ refused: "too_large" });
  expect(targetOf(react("6"), target).reactions?.["6"]).toEqual(["alice"]);
  expect(targetOf(react("6"), targetOf(react("1", true), target, other), other).reactions).not.toHaveProperty(
    "1",
  );
});

test.each<[string, Actor, boolean, boolean]>([
  ["an admin of a group", admin, true, true],
  ["a back end", system, false, true],
  ["another member", other, true, false],
  ["the author of the entry", author, true, false],
  ["the other side of a direct conversation", owner, false, false],
])("%s and others' reactions: removal is for those who moderate", (_, actor, isGroup, may) => {
  const remove = {
    id: "3",
    kind: "reaction",
    body: { of: 3, key: "👍", remove: true, user: "carol" },
  } as const;
  const result = rewritten(remove, text({ reactions: { "👍": ["carol", "dave"] } }), actor, isGroup);
  if (may) expect(result).toMatchObject({ target: { reactions: { "👍": ["dave"] } } });
  else expect(result).toEqual({ refused: "forbidden" });
});
