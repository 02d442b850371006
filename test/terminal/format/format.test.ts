import { describe, expect, test } from "vitest";
import type { ConversationInfo, UserPresence } from "../../../client/src/index.ts";
import {
  formatAnnouncement,
  formatEntry,
  formatStatus,
  nameColumnWidth,
} from "../../../terminal/format/entry.ts";
import { linesOf, textOf } from "../../../terminal/format/entry-text.ts";
import { formatList } from "../../../terminal/format/list.ts";
import { formatMembers } from "../../../terminal/format/members.ts";
import { formatDay, formatTime } from "../../../terminal/format/time.ts";
import { formatConnection } from "../../../terminal/screen/status-line.ts";
import { createPalette } from "../../../terminal/text/palette.ts";
import { sanitize } from "../../../terminal/text/sanitize.ts";
import { DAY_MS, entry, NOW, plain, style } from "../../client/support/shown-entry.ts";

describe("what others wrote", () => {
  test.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["a title change", "\u001b]0;owned\u0007hi", "hi"],
    ["an 8-bit control sequence", "\u009b2Jgone?", "gone?"],
    ["a bell and a backspace", "a\u0007b\u0008c", "abc"],
    ["a carriage return that would overwrite", "transfer 10\rtransfer 99", "transfer 10 ↵ transfer 99"],
    ["lines", "one\r\ntwo\nthree\u2028four", "one ↵ two ↵ three ↵ four"],
    ["text that runs backwards", "abc\u202egnp.exe", "abcgnp.exe"],
    ["half a character", "a\ud800b", "a\ufffdb"],
    ["a family", "👩‍👩‍👧", "👩‍👩‍👧"],
  ])("is shown, not obeyed: %s", (_, text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  test("is cleaned wherever it is shown", () => {
    const evil = "\u001b[2Jx";
    const group = info("gx", {
      title: evil,
      preview: { seq: 1, sender: evil, kind: "text", text: evil, sentAtMs: NOW },
    });
    const lines = [
      formatEntry(entry("bob", evil), 3, style),
      formatEntry(entry(evil, "hi", { reactions: { [evil]: ["bob"] } }), 3, style),
      formatEntry(entry("bob", "", { kind: `x.${evil}` }), 3, style),
      formatEntry(entry(evil, "", { kind: "rename", body: { title: evil } }), 3, style),
      formatAnnouncement(entry(evil, evil), group, style),
      ...formatList([group], new Map(), style),
      ...formatMembers([{ user: evil, role: "member" }], new Map(), style),
      ...linesOf(entry("bob", evil)),
    ];
    for (const line of lines) expect(line).not.toContain("\u001b");
  });
});

function info(conversation: string, about: Partial<ConversationInfo>): ConversationInfo {
  const kind = about.peer === undefined ? "group" : "direct";
  return {
    conversation,
    kind,
    unread: 0,
    left: false,
    muted: false,
    blocking: false,
    ...about,
  } as ConversationInfo;
}

describe("entries", () => {
  test("of both sides align, and one's own carry how far they have come", () => {
    expect(formatEntry(entry("alice", "hi", { status: "sent" }), 3, style)).toBe("10:02 you  hi  ✓");
    expect(formatEntry(entry("bob", "hello"), 3, style)).toBe("10:02 bob  hello");
    expect(formatEntry(entry("alice", "hi", { status: "queued" }), 7, style)).toBe("10:02 you      hi  …");
    expect(
      formatEntry(entry("alice", "hi", { status: "sent", seq: 12 }), 3, { ...style, numbers: true }),
    ).toBe("10:02 #12 you  hi  ✓");
  });

  test("are as wide as their senders' names, within reason", () => {
    expect(nameColumnWidth([], "alice")).toBe(3);
    expect(nameColumnWidth(["alice"], "alice")).toBe(3);
    expect(nameColumnWidth(["charlie", "你好你好"], "alice")).toBe(8);
    expect(nameColumnWidth(["x".repeat(100)], "alice")).toBe(12);
  });

  test("show edits, reactions and deletions", () => {
    expect(
      formatEntry(
        entry("bob", "hello", { editedAtMs: NOW, reactions: { "👍": ["a", "b"], "❤": ["c"] } }),
        3,
        style,
      ),
    ).toBe("10:02 bob  hello (edited)  👍2 ❤");
    const deleted = entry("bob", "", { body: null, deletedAtMs: NOW, reactions: { "👍": ["a"] } });
    expect(formatEntry(deleted, 3, style)).toBe("10:02 bob  (deleted)");
  });

  test("have colours only where colours are wanted", () => {
    expect(formatEntry(entry("bob", "hi"), 3, style)).not.toContain("\u001b");
    expect(formatEntry(entry("bob", "hi"), 3, { ...style, palette: createPalette(true) })).toContain(
      "\u001b[",
    );
  });

  test("how far they have come can be told without colours, and with them", () => {
    const states = ["queued", "sent", "delivered", "read", "failed"] as const;
    expect(states.map((state) => formatStatus(state, plain))).toEqual(["…", "✓", "✓✓", "✓✓ read", "✗"]);
    const coloured = states.map((state) => formatStatus(state, createPalette(true)));
    expect(new Set(coloured).size).toBe(states.length);
    // Bold, for those who do not see the colour.
    expect(coloured[3]).toContain("\u001b[1m");
  });

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
    ["retention", { seconds: null }, "set messages to be kept for ever"],
    ["edit", { of: 3, text: "new" }, "changed #3: new"],
    ["edit", { of: 3 }, "changed #3"],
    ["delete", { of: 3 }, "deleted #3"],
    ["reaction", { of: 3, key: "👍" }, "reacted 👍 to #3"],
    ["reaction", { of: 3, key: "👍", remove: true }, "took back 👍 to #3"],
    ["x.poll", { question: "?" }, "(x.poll)"],
    ["text", { text: "a\nb" }, "a ↵ b"],
  ])("of the kind %s say what was done: %j", (kind, body, text) => {
    expect(textOf({ kind, body })).toBe(text);
  });

  test("of which a list knows no more than the kind, too", () => {
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

  test("of other conversations are one line each", () => {
    const carol = info("dcarol", { peer: "carol" });
    const team = info("gteam", { title: "Team" });
    expect(formatAnnouncement(entry("carol", "hi\nthere"), carol, style)).toBe("[carol] hi ↵ there");
    expect(formatAnnouncement(entry("alice", "hi"), carol, style)).toBe("[carol] you: hi");
    expect(formatAnnouncement(entry("bob", "hi"), team, style)).toBe("[Team] bob: hi");
    const renamed = entry("bob", "", { kind: "rename", body: { title: "Club" } });
    expect(formatAnnouncement(renamed, team, style)).toBe("[Club] bob renamed the group to Club");
    const posing = entry("bob", "", { kind: "x.poll", body: { title: "Club" } });
    expect(formatAnnouncement(posing, team, style)).toBe("[Team] bob: (x.poll)");
    expect(formatAnnouncement(entry("bob", "", { kind: "member.leave", body: {} }), team, style)).toBe(
      "[Team] bob left",
    );
  });
});

test("times of another day carry the day, and of another year that", () => {
  expect(formatTime(NOW, NOW, "UTC")).toBe("10:03");
  expect(formatTime(NOW - DAY_MS, NOW, "UTC")).toBe("21 Nov 10:03");
  expect(formatTime(Date.UTC(2026, 10, 21, 23, 59), NOW, "UTC")).toBe("21 Nov 23:59");
  expect(formatTime(Date.UTC(2025, 10, 22, 10, 3), NOW, "UTC")).toBe("22 Nov 10:03");
  expect(formatDay(NOW - DAY_MS, NOW, "UTC")).toBe("Sat 21 November");
  expect(formatDay(Date.UTC(2025, 10, 22), NOW, "UTC")).toBe("Sat 22 November 2025");
});

const online = (user: string): [string, UserPresence] => [
  user,
  { user, online: true, lastSeenAtMs: undefined },
];
const offline = (user: string, lastSeenAtMs?: number): [string, UserPresence] => [
  user,
  { user, online: false, lastSeenAtMs },
];

describe("the list", () => {
  const preview = (sender: string, text: string, sentAtMs = NOW) => ({
    seq: 1,
    sender,
    kind: "text",
    text,
    sentAtMs,
  });
  const list = [
    info("dcharlie", { peer: "charlie", unread: 3, preview: preview("charlie", "x".repeat(100)) }),
    info("gteam", { title: "Team", unread: 100, preview: preview("bob", "see you", NOW - DAY_MS) }),
    info("ddave", { peer: "dave", preview: preview("alice", "bye") }),
    info("gold", { title: "Old", left: true, muted: true }),
  ];
  const presence = new Map([online("charlie"), offline("dave")]);

  test("has numbers, presence, times, what is unread, and previews cut to the width", () => {
    expect(formatList(list, presence, style, 50)).toEqual([
      `1 ● charlie         10:03    3  ${"x".repeat(17)}…`,
      "2 # Team     21 Nov 10:03  99+  bob: see you",
      "3 ○ dave            10:03       you: bye",
      "4 # Old                         (left, muted)",
    ]);
  });

  test("gives up the times where it is narrow", () => {
    const rows = formatList(list, presence, style, 30);
    expect(rows[0]).toBe("1 ● charlie    3  xxxxxxxxxxx…");
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(30);
  });
});

test("members are listed with role and presence, those who are there first", () => {
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

test("the state of the network says what waits", () => {
  expect(formatConnection("online", 0)).toBe("");
  expect(formatConnection("online", 1)).toBe("1 sending");
  expect(formatConnection("offline", 0)).toBe("offline");
  expect(formatConnection("offline", 2)).toBe("offline, 2 waiting");
  expect(formatConnection("connecting", 2)).toBe("connecting…, 2 waiting");
});
