import { describe, expect, test } from "vitest";
import { composeFrame, type FrameContent } from "../../../terminal/screen/frame.ts";
import { textWidth } from "../../../terminal/text/text-width.ts";
import { plain } from "../support/fixtures.ts";

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

  test("has a title, a body, a notice and an input line", () => {
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

  test.each([1, 2, 5, 11, 20, 40, 200])(
    "is exactly as wide and high as a screen of %i columns",
    (columns) => {
      for (const rows of [1, 2, 3, 4, 24]) {
        const made = frame({ input: { line: "你好".repeat(80), cursor: 100 } }, { columns, rows });
        expect(made.rows).toHaveLength(rows);
        if (columns < 5) continue;
        for (const row of made.rows.slice(-2)) expect(textWidth(row)).toBeLessThanOrEqual(columns);
        expect(made.cursor.column).toBeLessThan(columns);
        if (rows > 3) expect(textWidth(made.rows[0] ?? "")).toBe(columns);
      }
    },
  );

  test("shows the part of a long input line that has the cursor", () => {
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

  test("shows control characters in the input line instead of obeying them", () => {
    expect(frame({ input: { line: "a\u0007\u009bb", cursor: 4 } }).rows.at(-1)).toBe("> a··b");
  });
});
