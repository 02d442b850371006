import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { openWebApp } from "./support/web-app.ts";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
// "Last seen" is shown after the grace period.
const app = openWebApp({ presenceGraceSeconds: 1 });

/** Sets the device's clock, which then goes on by itself. */
const withClock = (nowMs: number) => ({ prepare: (page: Page) => page.clock.install({ time: nowMs }) });

describe("times", () => {
  test("are as the language writes them, in list and messages", async () => {
    const [alice, boris] = await Promise.all(
      ["en-US", "de-DE"].map((locale) => app.person("person", { locale, timezoneId: "Europe/Berlin" })),
    );
    if (alice === undefined || boris === undefined) throw new Error("two people");
    await alice.startsChatWith(boris.name);
    await alice.says("Hello");
    await alice
      .row(boris.name)
      .getByText(/^(1[0-2]|[1-9]):\d\d\s[AP]M$/)
      .waitFor();
    await alice
      .message("Hello")
      .getByText(/^(1[0-2]|[1-9]):\d\d\s[AP]M$/)
      .waitFor();
    await boris.opens(alice.name);
    await boris
      .message("Hello")
      .getByText(/^\d\d:\d\d$/)
      .waitFor();
  });

  test("of yesterday are so after midnight, without anything else that happens", async () => {
    // A zone in which it is noon, so that the server's clock says the same day.
    const zone = `Etc/GMT${new Date().getUTCHours() < 12 ? "" : "+"}${new Date().getUTCHours() - 12}`;
    const alice = await app.person("alice", { timezoneId: zone, ...withClock(Date.now()) });
    const bob = app.uniqueName("bob");
    await alice.startsChatWith(bob);
    await alice.says("good night");
    await alice.seesStatus("good night", "Sent");
    await alice.log.getByText("Today").waitFor();
    await alice.row(bob).getByText(/M$/).waitFor();
    const weekday = new Intl.DateTimeFormat("en-US", { weekday: "short", timeZone: zone }).format();
    // Runs the timers that are due, as a computer that slept does.
    await alice.page.clock.fastForward("12:30:00");
    await alice.log.getByText("Yesterday").waitFor();
    await alice.row(bob).getByText(weekday, { exact: true }).waitFor();
  });

  test.each([10, -10])("on a device whose clock is wrong by %i days are of today", async (days) => {
    const alice = await app.person("alice", withClock(Date.now() + days * DAY_MS));
    const bob = await app.person("bob");
    await alice.talksWith(bob, "which day is it?", "no idea");
    await alice.seesStatus("which day is it?", "Read");
    await alice.log.getByText("Today").waitFor();
    await alice.row(bob.name).getByText(/M$/).waitFor();
    await alice.page.getByRole("main").getByText("online", { exact: true }).waitFor();
    expect(await alice.log.locator(".day").allTextContents()).toEqual(["Today"]);
    await bob.close();
    await alice.page.getByText("last seen just now").waitFor();
  });
});
