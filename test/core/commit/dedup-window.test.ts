import { expect, test } from "vitest";
import { addToDedupWindow } from "../../../functions/core/commit/dedup-window.ts";

test("the dedup window keeps the newest frames, and a frame keeps its first outcome", () => {
  const frames = Array.from({ length: 30 }, (_, index) => ({
    frame: `f${index}`,
    outcomes: [{ seq: index }],
  }));
  const window = addToDedupWindow([], frames);
  expect(window.map(({ frame }) => frame)).toEqual(frames.slice(10).map(({ frame }) => frame));
  expect(addToDedupWindow(window, [{ frame: "f29", outcomes: [{ seq: 99 }] }])).toEqual(window);
});
