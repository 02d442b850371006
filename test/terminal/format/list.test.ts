import { describe, expect, test } from "vitest";
import { formatList } from "../../../terminal/format/list.ts";
import { conversationInfo, DAY_MS, NOW, offline, online, style } from "../support/fixtures.ts";

describe("the conversation list", () => {
  const preview = (sender: string, text: string, sentAtMs = NOW) => ({
    seq: 1,
    sender,
    kind: "text",
    text,
    sentAtMs,
  });
  const list = [
    conversationInfo("dcharlie", {
      peer: "charlie",
      unread: 3,
      preview: preview("charlie", "x".repeat(100)),
    }),
    conversationInfo("gteam", {
      title: "Team",
      unread: 100,
      preview: preview("bob", "see you", NOW - DAY_MS),
    }),
    conversationInfo("ddave", { peer: "dave", preview: preview("alice", "bye") }),
    conversationInfo("gold", { title: "Old", left: true, muted: true }),
  ];
  const presence = new Map([online("charlie"), offline("dave")]);

  test("shows numbers, presence, times, unread counts, and previews cut to the width", () => {
    expect(formatList(list, presence, style, 50)).toEqual([
      `1 ● charlie         10:03    3  ${"x".repeat(17)}…`,
      "2 # Team     21 Nov 10:03  99+  bob: see you",
      "3 ○ dave            10:03       you: bye",
      "4 # Old                         (left, muted)",
    ]);
  });

  test("drops the times if the screen is narrow", () => {
    const rows = formatList(list, presence, style, 30);
    expect(rows[0]).toBe("1 ● charlie    3  xxxxxxxxxxx…");
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(30);
  });
});
