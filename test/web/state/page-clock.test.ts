import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClientState, Observable } from "../../../client/src/index.ts";
import { clockTime, renewFormats } from "../../../web/src/format/time.ts";
import { PageClock } from "../../../web/src/state/page-clock.ts";
import { Signal } from "../../../web/src/state/signal.ts";
import { Page } from "../../client/support/page.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ZONE = process.env.TZ;

let page: Page;
let clock: PageClock;
const source = { serverAheadMs: 0, status: new Signal<ClientState>("connecting") as Observable<ClientState> };

/** Starts the clock of a page at a local time. */
function startAt(hours: number, minutes: number, seconds = 0): void {
  vi.setSystemTime(new Date(2026, 10, 30, hours, minutes, seconds));
  clock = new PageClock(source);
}

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  source.serverAheadMs = 0;
  source.status = new Signal<ClientState>("connecting");
});

afterEach(() => {
  clock.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
  process.env.TZ = ZONE;
  if (ZONE === undefined) delete process.env.TZ;
  renewFormats();
});

describe("the clock of the page", () => {
  test("ticks at each whole minute, and the day changes at midnight", () => {
    startAt(23, 58, 30);
    const [days, minutes]: [string[], number[]] = [[], []];
    clock.day.subscribe((day) => days.push(day));
    clock.minute.subscribe((minute) => minutes.push(new Date(minute).getMinutes()));
    vi.advanceTimersByTime(30_000);
    expect(minutes).toEqual([58, 59]);
    vi.advanceTimersByTime(MINUTE_MS - 1);
    expect(days).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(days).toHaveLength(2);
    expect(minutes).toEqual([58, 59, 0]);
  });

  test.each([
    ["becomes visible", () => page.show("visible")],
    ["gets the focus", () => page.dispatchEvent(new Event("focus"))],
    ["is taken out of the back/forward cache", () => page.dispatchEvent(new Event("pageshow"))],
    ["is thawed", () => page.document.dispatchEvent(new Event("resume"))],
    ["is online again", () => page.networkIsBack()],
  ])("looks at the time at once when the page %s after a sleep", (_, wake) => {
    startAt(22, 0);
    const before = clock.day.getSnapshot();
    vi.setSystemTime(new Date(2026, 11, 1, 7, 30));
    wake();
    expect(clock.day.getSnapshot()).not.toBe(before);
    expect(new Date(clock.minute.getSnapshot()).getHours()).toBe(7);
  });

  test("looks at the time within a minute after a sleep that the page was not told of", () => {
    startAt(22, 0);
    const before = clock.day.getSnapshot();
    vi.setSystemTime(new Date(2026, 11, 1, 7, 30));
    vi.advanceTimersByTime(MINUTE_MS);
    expect(clock.day.getSnapshot()).not.toBe(before);
  });

  test("shows times anew in another time zone, even if both have the same time now", () => {
    process.env.TZ = "Europe/Berlin";
    renewFormats();
    startAt(12, 0);
    const inSummer = Date.UTC(2026, 6, 1, 12);
    const before = clock.day.getSnapshot();
    expect(clockTime(inSummer)).toBe("2:00 PM");
    process.env.TZ = "Africa/Lagos";
    vi.advanceTimersByTime(MINUTE_MS);
    expect(clock.day.getSnapshot()).not.toBe(before);
    expect(clockTime(inSummer)).toBe("1:00 PM");
  });

  test("is the server's if the device's is wrong by days, as soon as a sync has told it", () => {
    startAt(12, 0);
    const status = source.status as Signal<ClientState>;
    for (const aheadMs of [3 * DAY_MS, -3 * DAY_MS]) {
      source.serverAheadMs = aheadMs;
      status.set("online");
      expect(clock.minute.getSnapshot() - Date.now()).toBe(aheadMs);
      status.set("offline");
    }
    // Hours may be a time zone, and midnight is when the user's clock says so.
    source.serverAheadMs = 20 * HOUR_MS;
    status.set("online");
    expect(clock.nowMs()).toBe(Date.now());
  });
});
