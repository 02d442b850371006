import { describe, expect, test } from "vitest";
import { type Items, lastPosition, rowsAbove, scrollBy } from "../../../terminal/screen/scroll.ts";

describe("scrolling", () => {
  // a, b1 b2 b3, c, d1 d2
  const texts = [["a"], ["b1", "b2", "b3"], ["c"], ["d1", "d2"]];
  const items: Items = { count: texts.length, rows: (index) => texts[index] ?? [] };
  const shown = (by: number, height = 3, from = lastPosition(items)) =>
    rowsAbove(scrollBy(from, by, height, items), height, items).rows;

  test("starts at the end and moves row by row", () => {
    expect(rowsAbove(lastPosition(items), 3, items)).toEqual({ rows: ["c", "d1", "d2"], isTop: false });
    expect(shown(-1)).toEqual(["b3", "c", "d1"]);
    expect(shown(-3)).toEqual(["b1", "b2", "b3"]);
    expect(shown(-4)).toEqual(["a", "b1", "b2"]);
  });

  test("stops at both ends with the screen full", () => {
    expect(shown(-100)).toEqual(["a", "b1", "b2"]);
    expect(rowsAbove(scrollBy(lastPosition(items), Number.NEGATIVE_INFINITY, 3, items), 3, items).isTop).toBe(
      true,
    );
    expect(shown(100, 3, { item: 0, row: 0 })).toEqual(["c", "d1", "d2"]);
    expect(shown(Number.POSITIVE_INFINITY, 3, { item: 1, row: 1 })).toEqual(["c", "d1", "d2"]);
  });

  test("does nothing if everything fits on the screen", () => {
    expect(rowsAbove(lastPosition(items), 20, items)).toEqual({ rows: texts.flat(), isTop: true });
    expect(scrollBy(lastPosition(items), -5, 20, items)).toEqual(lastPosition(items));
  });

  test("returns to the same position after going up and down again", () => {
    for (let by = 1; by <= 4; by += 1) {
      const up = scrollBy(lastPosition(items), -by, 3, items);
      expect(scrollBy(up, by, 3, items)).toEqual(lastPosition(items));
    }
  });
});
