import { describe, expect, test } from "vitest";
import type { ConversationInfo } from "../../../client/src/index.ts";
import { describeEvent, describePreview } from "../../../web/src/format/describe-entry.ts";
import { linksIn } from "../../../web/src/format/links.ts";
import { ago, dayName, shortTime } from "../../../web/src/format/time.ts";
import { hueOf, initialsOf, titleOf } from "../../../web/src/format/title.ts";
import { hashOf, recipientOf } from "../../../web/src/state/address.ts";

const DAY_MS = 24 * 60 * 60_000;
const NOW = new Date(2026, 10, 22, 12).getTime();

function info(changes: Partial<ConversationInfo>): ConversationInfo {
  return { conversation: "c", kind: "direct", receipts: [], ...changes } as ConversationInfo;
}

const receipts = (...users: string[]) => users.map((user) => ({ user, readSeq: 0, deliveredSeq: 0 }));

describe("what happened in a group is told as one would say it", () => {
  test.each([
    ["create", {}, "bob created the group"],
    ["create", { members: ["alice", "carol"] }, "bob created the group with carol and you"],
    ["member.add", { users: ["alice"] }, "bob added you"],
    ["member.remove", { users: ["carol", "dave", "eve"] }, "bob removed carol, dave, and eve"],
    ["member.leave", {}, "bob left"],
    ["rename", { title: "Team" }, "bob renamed the group to “Team”"],
    ["role", { user: "alice", role: "admin" }, "bob made you an admin"],
    ["role", { user: "carol", role: "member" }, "bob made carol a member"],
    ["retention", { seconds: 7 * 24 * 3600 }, "bob set messages to be kept for 7 days"],
    ["retention", { seconds: null }, "bob set messages to be kept for ever"],
    ["newer.kind", null, "bob (newer.kind)"],
  ])("%s %j: %s", (kind, body, said) => {
    expect(describeEvent({ kind, sender: "bob", body }, "alice")).toBe(said);
    expect(describeEvent({ kind, sender: "alice", body: { users: ["bob"] } }, "alice")).toMatch(/^You/);
  });
});

test.each([
  ["bob", "text", "hi", info({ peer: "bob" }), "hi"],
  ["alice", "text", "hi", info({ peer: "bob" }), "You: hi"],
  ["bob", "text", "hi", info({ kind: "group" }), "bob: hi"],
  ["bob", "text", undefined, info({ peer: "bob" }), "Deleted message"],
  ["bob", "x.poll", undefined, info({ kind: "group" }), "bob: poll"],
  ["bob", "member.add", undefined, info({ kind: "group" }), "bob added members"],
])("the preview of %s's %s is one line", (sender, kind, text, about, line) => {
  expect(describePreview({ seq: 1, sender, kind, text, sentAtMs: NOW }, about, "alice")).toBe(line);
});

test("days are named by how far they are away", () => {
  expect(dayName(NOW - 60_000, NOW)).toBe("Today");
  expect(dayName(NOW - DAY_MS, NOW)).toBe("Yesterday");
  expect(dayName(NOW - 2 * DAY_MS, NOW)).toMatch(/Friday/);
  expect(dayName(NOW - 400 * DAY_MS, NOW)).toMatch(/2025/);
  expect(shortTime(NOW, NOW)).toMatch(/12/);
  expect(shortTime(NOW - 3 * DAY_MS, NOW)).toBe("Thu");
  expect(shortTime(NOW - 30 * DAY_MS, NOW)).toMatch(/Oct/);
});

test("when somebody was last seen is told in minutes, hours or days", () => {
  expect(ago(NOW - 10_000, NOW)).toBe("just now");
  expect(ago(NOW - 5 * 60_000, NOW)).toBe("5 minutes ago");
  expect(ago(NOW - 3 * 60 * 60_000, NOW)).toBe("3 hours ago");
  expect(ago(NOW - DAY_MS, NOW)).toBe("yesterday");
});

describe("a conversation is called", () => {
  test.each([
    ["by the other side", info({ peer: "bob" }), "bob"],
    ["by its title", info({ kind: "group", title: "Team", receipts: receipts("bob") }), "Team"],
    [
      "by its members, without one",
      info({ kind: "group", receipts: receipts("bob", "carol") }),
      "bob, carol",
    ],
    ["a group, of those nothing is known of", info({ kind: "group" }), "Group"],
    ["a group one left, where nobody tells more", info({ kind: "group", left: true }), "A group you left"],
  ])("%s", (_, about, title) => {
    expect(titleOf(about, "c")).toBe(title);
  });

  test("by the user, before there is one", () => {
    expect(titleOf(undefined, { user: "bob" })).toBe("bob");
  });

  test("and pictured by initials, in a colour that is always the same", () => {
    expect(["bob", "Book club", "anna.smith@x.org", "👩‍👩‍👧 family", "--"].map(initialsOf)).toEqual([
      "B",
      "BC",
      "AS",
      "👩F",
      "?",
    ]);
    expect(hueOf("bob")).toBe(hueOf("bob"));
    expect(hueOf("")).toBe(0);
  });
});

describe("the links in a text", () => {
  test.each([
    ["See https://x.org/a.", ["https://x.org/a"]],
    ["(https://x.org/a), http://y.org?!", ["https://x.org/a", "http://y.org"]],
    ["https://en.wikipedia.org/wiki/Rust_(video_game)", ["https://en.wikipedia.org/wiki/Rust_(video_game)"]],
    ["[https://x.org/?q=[1]]", ["https://x.org/?q=[1]"]],
    ["javascript:alert(1) ftp://x", []],
  ])("%s", (text, links) => {
    expect(linksIn(text).map(({ start, end }) => text.slice(start, end))).toEqual(links);
  });
});

describe("the address", () => {
  test.each([["d0123"], [{ user: "bob" }], [{ user: "a/b ö#?" }], [undefined]])(
    "of %j leads back to it",
    (recipient) => {
      expect(recipientOf(hashOf(recipient))).toEqual(recipient);
    },
  );

  test("that somebody has cut leads to the list", () => {
    for (const hash of ["", "#", "#/c/", "#/x/y", "#/u/%C3"]) expect(recipientOf(hash)).toBeUndefined();
  });
});
