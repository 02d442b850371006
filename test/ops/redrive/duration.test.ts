import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../../ops/redrive/duration.ts";

test.for([
  ["90s", 90_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["0s", 0],
] as const)("%s is %d ms", ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});

test.for(["", "10", "m", "-1m", "1.5h", "10 m", "1w", "10mm", "toString"])(
  '"%s" is not a duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.for([
  [0, "0s"],
  [59_000, "59s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [3 * 3_600_000, "3h"],
  [50 * 3_600_000, "2d"],
] as const)("%d ms are formatted as %s", ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text);
});
