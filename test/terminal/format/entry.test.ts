import { expect, test } from "vitest";
import {
  formatAnnouncement,
  formatEntry,
  formatStatus,
  nameColumnWidth,
} from "../../../terminal/format/entry.ts";
import { createPalette } from "../../../terminal/text/palette.ts";
import { conversationInfo, entry, NOW, plain, style } from "../support/fixtures.ts";

test("of both sides align, and one's own carry how far they have come", () => {
  expect(formatEntry(entry("alice", "hi", { status: "sent" }), 3, style)).toBe("10:02 you  hi  ✓");
  expect(formatEntry(entry("bob", "hello"), 3, style)).toBe("10:02 bob  hello");
  expect(formatEntry(entry("alice", "hi", { status: "queued" }), 7, style)).toBe("10:02 you      hi  …");
  expect(formatEntry(entry("alice", "hi", { status: "sent", seq: 12 }), 3, { ...style, numbers: true })).toBe(
    "10:02 #12 you  hi  ✓",
  );
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
  expect(formatEntry(entry("bob", "hi"), 3, { ...style, palette: createPalette(true) })).toContain("\u001b[");
});

test("how far they have come can be told without colours, and with them", () => {
  const states = ["queued", "sent", "delivered", "read", "failed"] as const;
  expect(states.map((state) => formatStatus(state, plain))).toEqual(["…", "✓", "✓✓", "✓✓ read", "✗"]);
  const coloured = states.map((state) => formatStatus(state, createPalette(true)));
  expect(new Set(coloured).size).toBe(states.length);
  // Bold, for those who do not see the colour.
  expect(coloured[3]).toContain("\u001b[1m");
});

test("of other conversations are one line each", () => {
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
