import { expect, test } from "vitest";
import { ago, dayName, shortTime } from "../../../web/src/format/time.ts";

const DAY_MS = 24 * 60 * 60_000;
const NOW = new Date(2026, 10, 22, 12).getTime();

test("a day is named by how long ago it was", () => {
  expect(dayName(NOW - 60_000, NOW)).toBe("Today");
  expect(dayName(NOW - DAY_MS, NOW)).toBe("Yesterday");
  expect(dayName(NOW - 2 * DAY_MS, NOW)).toMatch(/Friday/);
  expect(dayName(NOW - 400 * DAY_MS, NOW)).toMatch(/2025/);
  expect(shortTime(NOW, NOW)).toMatch(/12/);
  expect(shortTime(NOW - 3 * DAY_MS, NOW)).toBe("Thu");
  expect(shortTime(NOW - 30 * DAY_MS, NOW)).toMatch(/Oct/);
});

test("the time since a user was last seen is given in minutes, hours or days", () => {
  expect(ago(NOW - 10_000, NOW)).toBe("just now");
  expect(ago(NOW - 5 * 60_000, NOW)).toBe("5 minutes ago");
  expect(ago(NOW - 3 * 60 * 60_000, NOW)).toBe("3 hours ago");
  expect(ago(NOW - DAY_MS, NOW)).toBe("yesterday");
});
