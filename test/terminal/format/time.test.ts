import { expect, test } from "vitest";
import { formatDay, formatTime } from "../../../terminal/format/time.ts";
import { DAY_MS, NOW } from "../support/fixtures.ts";

test("a time shows the day if it is not today, and a date shows the year if it is not this year", () => {
  expect(formatTime(NOW, NOW, "UTC")).toBe("10:03");
  expect(formatTime(NOW - DAY_MS, NOW, "UTC")).toBe("21 Nov 10:03");
  expect(formatTime(Date.UTC(2026, 10, 21, 23, 59), NOW, "UTC")).toBe("21 Nov 23:59");
  expect(formatTime(Date.UTC(2025, 10, 22, 10, 3), NOW, "UTC")).toBe("22 Nov 10:03");
  expect(formatDay(NOW - DAY_MS, NOW, "UTC")).toBe("Sat 21 November");
  expect(formatDay(Date.UTC(2025, 10, 22), NOW, "UTC")).toBe("Sat 22 November 2025");
});
