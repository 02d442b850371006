import { describe, expect, test } from "vitest";
import { RefusedError } from "../../../client/src/index.ts";
import { dayRow, entryRows, newRow } from "../../../terminal/screen/entry-rows.ts";
import { textWidth } from "../../../terminal/text/text-width.ts";
import { DAY_MS, entry, NOW, style } from "../support/fixtures.ts";

describe("an entry on the screen", () => {
  const column = { columns: 30, nameWidth: 3 };

  test("wraps its text in a column beside the name", () => {
    expect(entryRows(entry("bob", "one two three four five"), column, style)).toEqual([
      "10:02 bob  one two three four",
      "           five",
    ]);
    expect(entryRows(entry("alice", "a\nb", { status: "delivered" }), column, style)).toEqual([
      "10:02 you  a",
      "           b  ✓✓",
    ]);
  });

  test("drops the time on a narrow screen, and is never wider than the screen", () => {
    expect(entryRows(entry("bob", "hello"), { columns: 22, nameWidth: 3 }, style)).toEqual(["bob  hello"]);
    const rows = entryRows(
      entry("bob", "你好世界 hello 👩‍👩‍👧 ".repeat(5)),
      { columns: 22, nameWidth: 3 },
      style,
    );
    expect(Math.max(...rows.map(textWidth))).toBeLessThanOrEqual(22);
  });

  test("shows why it was not sent", () => {
    const error = new RefusedError({ code: "blocked", message: "bob has blocked you", temporary: false });
    const failed = entry("alice", "hi", { seq: undefined, sentAtMs: undefined, status: "failed", error });
    expect(entryRows(failed, { columns: 60, nameWidth: 3 }, style)).toEqual([
      "10:03 you  hi  ✗ not sent: bob has blocked you",
    ]);
  });

  test("shows an event, with its number if numbers are on", () => {
    const left = entry("bob", "", { kind: "member.leave", body: {}, seq: 7 });
    expect(entryRows(left, { columns: 60, nameWidth: 3 }, style)).toEqual(["10:02 · bob left"]);
    expect(entryRows(left, { columns: 60, nameWidth: 3 }, { ...style, numbers: true })).toEqual([
      "10:02 #7   · bob left",
    ]);
  });

  test("has dividers for a new day and for new messages", () => {
    expect(dayRow(NOW, 30, style).trim()).toBe("── today ──");
    expect(dayRow(NOW - DAY_MS, 30, style).trim()).toBe("── Sat 21 November ──");
    expect(newRow(30, style)).toBe(`${" ".repeat(10)}── new ──`);
  });
});
