import { expect, test } from "vitest";
import { formatAnnouncement, formatEntry } from "../../../terminal/format/entry.ts";
import { linesOf } from "../../../terminal/format/entry-text.ts";
import { formatList } from "../../../terminal/format/list.ts";
import { formatMembers } from "../../../terminal/format/members.ts";
import { sanitize } from "../../../terminal/text/sanitize.ts";
import { conversationInfo, entry, NOW, style } from "../support/fixtures.ts";

test.each([
  ["colours", "\u001b[31mred\u001b[0m", "red"],
  ["a title change", "\u001b]0;owned\u0007hi", "hi"],
  ["an 8-bit control sequence", "\u009b2Jgone?", "gone?"],
  ["a bell and a backspace", "a\u0007b\u0008c", "abc"],
  [
    "a carriage return that would overwrite the line",
    "transfer 10\rtransfer 99",
    "transfer 10 ↵ transfer 99",
  ],
  ["line breaks", "one\r\ntwo\nthree\u2028four", "one ↵ two ↵ three ↵ four"],
  ["text that reverses direction", "abc\u202egnp.exe", "abcgnp.exe"],
  ["a lone surrogate", "a\ud800b", "a\ufffdb"],
  ["an emoji of several code points", "👩‍👩‍👧", "👩‍👩‍👧"],
])("text from others cannot control the terminal: %s", (_, text, shown) => {
  expect(sanitize(text)).toBe(shown);
});

test("every formatter sanitizes what it prints", () => {
  const evil = "\u001b[2Jx";
  const group = conversationInfo("gx", {
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
