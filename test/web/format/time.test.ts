import { afterEach, describe, expect, test } from "vitest";
import { ago, clockTime, dayName, localDay, renewFormats, shortTime } from "../../../web/src/format/time.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW = new Date(2026, 10, 22, 12).getTime();
const ZONE = process.env.TZ;

/** Sets the zone of this device, as an owner who travels does. */
function setZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
  renewFormats();
}

afterEach(() => setZone(ZONE));

test("a day is named by how long ago it was", () => {
  expect(dayName(NOW - MINUTE_MS, NOW)).toBe("Today");
  expect(dayName(NOW - DAY_MS, NOW)).toBe("Yesterday");
  expect(dayName(NOW - 2 * DAY_MS, NOW)).toMatch(/Friday/);
  expect(dayName(NOW - 400 * DAY_MS, NOW)).toMatch(/2025/);
  expect(shortTime(NOW, NOW)).toMatch(/12/);
  expect(shortTime(NOW - 3 * DAY_MS, NOW)).toBe("Thu");
  expect(shortTime(NOW - 30 * DAY_MS, NOW)).toMatch(/Oct/);
});

test("a date of another year has its year, in a list too", () => {
  expect(shortTime(NOW - 400 * DAY_MS, NOW)).toMatch(/25$/);
});

test("the time of day is as the language writes it", () => {
  expect(clockTime(new Date(2026, 10, 22, 13, 33).getTime())).toBe("1:33 PM");
  expect(clockTime(new Date(2026, 10, 22, 9, 5).getTime())).toBe("9:05 AM");
});

test("the time since a user was last seen is given in minutes, hours or days", () => {
  expect(ago(NOW - 10_000, NOW)).toBe("just now");
  expect(ago(NOW - 59_000, NOW)).toBe("just now");
  expect(ago(NOW - 60_000, NOW)).toBe("1 minute ago");
  expect(ago(NOW - 5 * MINUTE_MS, NOW)).toBe("5 minutes ago");
  expect(ago(NOW - 119 * MINUTE_MS, NOW)).toBe("1 hour ago");
  expect(ago(NOW - 3 * HOUR_MS, NOW)).toBe("3 hours ago");
});

test("a user who was last seen on an earlier day was seen yesterday, or days ago, as the calendar says", () => {
  // It is noon: 13 hours ago is the evening before.
  expect(ago(NOW - 13 * HOUR_MS, NOW)).toBe("yesterday");
  expect(ago(NOW - 11 * HOUR_MS, NOW)).toBe("11 hours ago");
  expect(ago(NOW - 37 * HOUR_MS, NOW)).toBe("2 days ago");
  // Shortly after midnight, hours say more.
  const midnight = new Date(2026, 10, 22, 0, 10).getTime();
  expect(ago(midnight - 20 * MINUTE_MS, midnight)).toBe("20 minutes ago");
  expect(ago(midnight - 5 * HOUR_MS, midnight)).toBe("5 hours ago");
  expect(ago(NOW - 400 * DAY_MS, NOW)).toMatch(/2025/);
});

describe("on a device whose clock is behind the server's", () => {
  test("nothing is in the future", () => {
    expect(ago(NOW + 5 * MINUTE_MS, NOW)).toBe("just now");
    expect(ago(NOW + 3 * DAY_MS, NOW)).toBe("just now");
    expect(dayName(NOW + HOUR_MS, NOW)).toBe("Today");
    // Days that the device does not have yet are told apart by their dates.
    expect(dayName(NOW + 3 * DAY_MS, NOW)).toMatch(/November/);
    expect(shortTime(NOW + HOUR_MS, NOW)).toBe("1:00 PM");
    expect(shortTime(NOW + 3 * DAY_MS, NOW)).toBe("Nov 25");
    const beforeMidnight = new Date(2026, 10, 22, 23, 55).getTime();
    expect(shortTime(beforeMidnight + 10 * MINUTE_MS, beforeMidnight)).toBe("12:05 AM");
  });
});

describe("where clocks are changed", () => {
  test("a day of 23 or 25 hours is one day", () => {
    setZone("Europe/Berlin");
    // Clocks go back on 25 October 2026, and forward on 28 March 2027.
    for (const noon of [new Date(2026, 9, 26, 12), new Date(2027, 2, 29, 12)]) {
      const nowMs = noon.getTime();
      expect(dayName(new Date(nowMs).setHours(-1, 59), nowMs)).toBe("Yesterday");
      expect(dayName(new Date(nowMs).setHours(-23, 1), nowMs)).toBe("Yesterday");
      expect(dayName(new Date(nowMs).setHours(-25, 59), nowMs)).not.toBe("Yesterday");
    }
  });

  test("a day without a midnight is a day", () => {
    setZone("Africa/Cairo");
    // On 24 April 2026, Cairo's clocks go from 00:00 to 01:00.
    const nowMs = new Date(2026, 3, 24, 9).getTime();
    expect(dayName(new Date(2026, 3, 24, 1).getTime(), nowMs)).toBe("Today");
    expect(dayName(new Date(2026, 3, 23, 23, 30).getTime(), nowMs)).toBe("Yesterday");
  });
});

test("a device that travels shows the times of its new zone", () => {
  const atMs = Date.UTC(2026, 6, 1, 12);
  setZone("Europe/Berlin");
  expect(clockTime(atMs)).toBe("2:00 PM");
  const inBerlin = localDay(atMs);
  setZone("Africa/Lagos");
  // In winter both zones have the same time.
  expect(clockTime(atMs)).toBe("1:00 PM");
  expect(localDay(atMs)).not.toBe(inBerlin);
  expect(localDay(atMs)).toBe(localDay(atMs + HOUR_MS));
  expect(localDay(atMs)).not.toBe(localDay(atMs + DAY_MS));
});
