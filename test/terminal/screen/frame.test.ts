import { describe, expect, test } from "vitest";
import { RefusedError } from "../../../client/src/index.ts";
import { dayRow, entryRows, newRow } from "../../../terminal/screen/entry-rows.ts";
import { fixedWidth } from "../../../terminal/screen/fixed-width.ts";
import { composeFrame, type FrameContent } from "../../../terminal/screen/frame.ts";
import { type Items, lastPosition, rowsAbove, scrollBy } from "../../../terminal/screen/scroll.ts";
import { fitWidth, textWidth, truncate, wrap } from "../../../terminal/text/text-width.ts";
import { DAY_MS, entry, NOW, plain, style } from "../../client/support/shown-entry.ts";

describe("text", () => {
  test("is cut by what a person calls a character, and by the cells it takes", () => {
    expect(truncate("hello", 5)).toBe("hello");
    expect(truncate("hello", 4)).toBe("hel…");
    expect(truncate("你好世界", 6)).toBe("你好…");
    expect(truncate("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
    expect(truncate("hello", 0)).toBe("");
    expect(fitWidth("你好", 5)).toBe("你好 ");
  });

  test("goes on at the right column after an emoji, whatever a terminal thinks of its width", () => {
    expect(fixedWidth("hi \u001b[1mbob\u001b[0m 你好")).toBe("hi \u001b[1mbob\u001b[0m 你好");
    expect(fixedWidth("\u001b[2m10\u001b[0m 👍🏽 fine 👩‍👩‍👧!")).toBe(
      "\u001b[2m10\u001b[0m 👍🏽\u001b[6G fine 👩‍👩‍👧\u001b[14G!",
    );
  });

  test("is wrapped at words, inside words that are too long, and keeps its indentation", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
    expect(wrap("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
    expect(wrap("你好世界", 5)).toEqual(["你好", "世界"]);
    expect(wrap("  if (true) run()", 11)).toEqual(["  if (true)", "  run()"]);
    expect(wrap("", 5)).toEqual([""]);
  });
});

describe("an entry on the screen", () => {
  const column = { columns: 30, nameWidth: 3 };

  test("has its text beside the name, however long it is", () => {
    expect(entryRows(entry("bob", "one two three four five"), column, style)).toEqual([
      "10:02 bob  one two three four",
      "           five",
    ]);
    expect(entryRows(entry("alice", "a\nb", { status: "delivered" }), column, style)).toEqual([
      "10:02 you  a",
      "           b  ✓✓",
    ]);
  });

  test("gives up the time before the text where it is narrow, and is never wider than the screen", () => {
    expect(entryRows(entry("bob", "hello"), { columns: 22, nameWidth: 3 }, style)).toEqual(["bob  hello"]);
    const rows = entryRows(
      entry("bob", "你好世界 hello 👩‍👩‍👧 ".repeat(5)),
      { columns: 22, nameWidth: 3 },
      style,
    );
    expect(Math.max(...rows.map(textWidth))).toBeLessThanOrEqual(22);
  });

  test("says why it was not sent", () => {
    const error = new RefusedError({ code: "blocked", message: "bob has blocked you", temporary: false });
    const failed = entry("alice", "hi", { seq: undefined, sentAtMs: undefined, status: "failed", error });
    expect(entryRows(failed, { columns: 60, nameWidth: 3 }, style)).toEqual([
      "10:03 you  hi  ✗ not sent: bob has blocked you",
    ]);
  });

  test("tells what somebody did, and its number where numbers are wanted", () => {
    const left = entry("bob", "", { kind: "member.leave", body: {}, seq: 7 });
    expect(entryRows(left, { columns: 60, nameWidth: 3 }, style)).toEqual(["10:02 · bob left"]);
    expect(entryRows(left, { columns: 60, nameWidth: 3 }, { ...style, numbers: true })).toEqual([
      "10:02 #7   · bob left",
    ]);
  });

  test("stands below a line for its day, and one for what is new", () => {
    expect(dayRow(NOW, 30, style).trim()).toBe("── today ──");
    expect(dayRow(NOW - DAY_MS, 30, style).trim()).toBe("── Sat 21 November ──");
    expect(newRow(30, style)).toBe(`${" ".repeat(10)}── new ──`);
  });
});

describe("scrolling", () => {
  // a, b1 b2 b3, c, d1 d2
  const texts = [["a"], ["b1", "b2", "b3"], ["c"], ["d1", "d2"]];
  const items: Items = { count: texts.length, rows: (index) => texts[index] ?? [] };
  const shown = (by: number, height = 3, from = lastPosition(items)) =>
    rowsAbove(scrollBy(from, by, height, items), height, items).rows;

  test("begins at the end and goes row by row", () => {
    expect(rowsAbove(lastPosition(items), 3, items)).toEqual({ rows: ["c", "d1", "d2"], isTop: false });
    expect(shown(-1)).toEqual(["b3", "c", "d1"]);
    expect(shown(-3)).toEqual(["b1", "b2", "b3"]);
    expect(shown(-4)).toEqual(["a", "b1", "b2"]);
  });

  test("ends at either end, with the screen full", () => {
    expect(shown(-100)).toEqual(["a", "b1", "b2"]);
    expect(rowsAbove(scrollBy(lastPosition(items), Number.NEGATIVE_INFINITY, 3, items), 3, items).isTop).toBe(
      true,
    );
    expect(shown(100, 3, { item: 0, row: 0 })).toEqual(["c", "d1", "d2"]);
    expect(shown(Number.POSITIVE_INFINITY, 3, { item: 1, row: 1 })).toEqual(["c", "d1", "d2"]);
  });

  test("of less than a screen does nothing", () => {
    expect(rowsAbove(lastPosition(items), 20, items)).toEqual({ rows: texts.flat(), isTop: true });
    expect(scrollBy(lastPosition(items), -5, 20, items)).toEqual(lastPosition(items));
  });

  test("up and down again is where it was", () => {
    for (let by = 1; by <= 4; by += 1) {
      const up = scrollBy(lastPosition(items), -by, 3, items);
      expect(scrollBy(up, by, 3, items)).toEqual(lastPosition(items));
    }
  });
});

describe("a frame", () => {
  const parts: FrameContent = {
    title: "bob  ● online",
    status: "2 unread",
    body: ["10:02 bob  hi"],
    alignBottom: true,
    notice: "bob is typing…",
    isError: false,
    scrollHint: "↓ 3 newer",
    input: { line: "", cursor: 0 },
    placeholder: "a message to bob",
  };
  const frame = (changes: Partial<FrameContent> = {}, size = { columns: 40, rows: 6 }) =>
    composeFrame({ ...parts, ...changes }, size, plain);

  test("has title, body, what happens, and what is typed", () => {
    expect(frame()).toEqual({
      rows: [
        " bob  ● online                 2 unread ",
        "",
        "",
        "10:02 bob  hi",
        "── bob is typing… ───────── ↓ 3 newer ──",
        "> a message to bob",
      ],
      cursor: { row: 5, column: 2 },
    });
    expect(frame({ alignBottom: false }).rows[1]).toBe("10:02 bob  hi");
  });

  test.each([1, 2, 5, 11, 20, 40, 200])("is as wide and as high as a screen of %i columns", (columns) => {
    for (const rows of [1, 2, 3, 4, 24]) {
      const made = frame({ input: { line: "你好".repeat(80), cursor: 100 } }, { columns, rows });
      expect(made.rows).toHaveLength(rows);
      if (columns < 5) continue;
      for (const row of made.rows.slice(-2)) expect(textWidth(row)).toBeLessThanOrEqual(columns);
      expect(made.cursor.column).toBeLessThan(columns);
      if (rows > 3) expect(textWidth(made.rows[0] ?? "")).toBe(columns);
    }
  });

  test("shows of a long line the part with the cursor", () => {
    const line = "abcdefghijklmnopqrstuvwxyz";
    const typed = (cursor: number) => frame({ input: { line, cursor } }, { columns: 13, rows: 4 });
    expect(typed(0)).toMatchObject({ rows: expect.arrayContaining(["> abcdefghij"]), cursor: { column: 2 } });
    expect(typed(26)).toMatchObject({
      rows: expect.arrayContaining(["> qrstuvwxyz"]),
      cursor: { column: 12 },
    });
    expect(typed(13).rows.at(-1)).toBe("> defghijklm");
    const wide = frame({ input: { line: "你好世界", cursor: 2 } }, { columns: 13, rows: 4 });
    expect(wide.cursor.column).toBe(6);
  });

  test("shows what is typed, and does not obey it", () => {
    expect(frame({ input: { line: "a\u0007\u009bb", cursor: 4 } }).rows.at(-1)).toBe("> a··b");
  });
});
