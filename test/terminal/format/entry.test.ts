import { expect, test } from "vitest";
import {
  formatAnnouncement,
  formatEntry,
  formatStatus,
  nameColumnWidth,
} from "../../../terminal/format/entry.ts";
import { createPalette } from "../../../terminal/text/palette.ts";
import { conversationInfo, entry, NOW, plain, style } from "../support/fixtures.ts";

test("entries of both sides align, and the user's own show their status", () => {
  expect(formatEntry(entry("alice", "hi", { status: "sent" }), 3, style)).toBe("10:02 you  hi  ✓");
  expect(formatEntry(entry("bob", "hello"), 3, style)).toBe("10:02 bob  hello");
  expect(formatEntry(entry("alice", "hi", { status: "queued" }), 7, style)).toBe("10:02 you      hi  …");
  expect(formatEntry(entry("alice", "hi", { status: "sent", seq: 12 }), 3, { ...style, numbers: true })).toBe(
    "10:02 #12 you  hi  ✓",
  );
});

test("the name column is as wide as the longest name, up to 12 cells", () => {
  expect(nameColumnWidth([], "alice")).toBe(3);
  expect(nameColumnWidth(["alice"], "alice")).toBe(3);
  expect(nameColumnWidth(["charlie", "你好你好"], "alice")).toBe(8);
  expect(nameColumnWidth(["x".repeat(100)], "alice")).toBe(12);
});

test("an entry shows edits, reactions and deletion", () => {
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

test("an entry has colours only if colours are on", () => {
  expect(formatEntry(entry("bob", "hi"), 3, style)).not.toContain("\u001b");
  expect(formatEntry(entry("bob", "hi"), 3, { ...style, palette: createPalette(true) })).toContain("\u001b[");
});

test("each status looks different, with colours and without", () => {
  const states = ["queued", "sent", "delivered", "read", "failed"] as const;
  expect(states.map((state) => formatStatus(state, plain))).toEqual(["…", "✓", "✓✓", "✓✓ read", "✗"]);
  const coloured = states.map((state) => formatStatus(state, createPalette(true)));
  expect(new Set(coloured).size).toBe(states.length);
  // Bold, for those who do not see the colour.
  expect(coloured[3]).toContain("\u001b[1m");
});

test("an entry of another conversation is announced in one line", () => {
  const carol = conversationInfo("dcarol", { peer: "carol" });
  const team = conversationInfo("gteam", { title: "Team" });
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
