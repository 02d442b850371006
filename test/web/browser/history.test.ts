import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { openWebApp } from "./support/web-app.ts";
import { writeOverWire } from "./support/write-over-wire.ts";

const app = openWebApp();

const write = (from: string, to: string, count: number) => writeOverWire(app, from, to, count);

describe("a long history", () => {
  test("is loaded while the user scrolls up to the first message, and the visible messages do not move", async () => {
    const [bob, name] = [app.uniqueName("bob"), app.uniqueName("alice")];
    await write(name, bob, 260);
    const alice = await app.person("alice", { name });
    await alice.opens(bob);
    await alice.sees("number 260");
    expect(await alice.texts()).not.toContain("number 1");

    for (let tries = 0; (await alice.texts())[0] !== "number 1"; tries += 1) {
      expect(tries).toBeLessThan(20);
      // The first visible message keeps its place when others are inserted above it.
      const before = await alice.page.evaluate(scrollNearTop);
      const isMore = async () => (await alice.texts()).length > before.count;
      await eventually("older messages", isMore, { timeoutMs: 15_000 });
      const after = await alice.page.evaluate(topOf, before.text);
      expect(Math.abs(after - before.top)).toBeLessThan(2);
    }
    const numbers = (await alice.texts()).map((message) => Number(message.split(" ")[1]));
    expect(numbers).toEqual(Array.from({ length: 260 }, (_, index) => index + 1));
  });

  test("a user who reads older messages stays there when somebody writes, sees the count, and goes to the end by a click", async () => {
    const bob = await app.person("bob");
    const alice = await app.person("alice");
    await write(alice.name, bob.name, 1);
    await write(bob.name, alice.name, 60);
    await alice.opens(bob.name);
    const toEnd = alice.page.getByRole("button", { name: "To the newest message" });
    await toEnd.click();
    await toEnd.waitFor({ state: "detached" });
    await alice.page.evaluate(scrollNearTop);
    await toEnd.waitFor();
    await eventually("all of it", async () => (await alice.texts()).length === 61, { timeoutMs: 15_000 });
    const before = await alice.page.evaluate(scrollTop);

    await bob.opens(alice.name);
    await bob.says("somewhere below");
    await toEnd.getByText("1").waitFor();
    expect(await alice.page.evaluate(scrollTop)).toBe(before);
    await bob.seesStatus("somewhere below", "Delivered");
    await toEnd.click();
    await bob.seesStatus("somewhere below", "Read");
    await toEnd.waitFor({ state: "detached" });
  });

  test("the end stays visible while a long message is written, and when the on-screen keyboard opens", async () => {
    const bob = app.uniqueName("bob");
    const alice = await app.person("alice");
    await write(bob, alice.name, 40);
    await alice.opens(bob);
    await alice.page.getByRole("button", { name: "To the newest message" }).click();
    const isAtEnd = () => alice.page.evaluate(isScrolledDown);
    await eventually("the end", isAtEnd);
    for (let line = 0; line < 8; line += 1) await alice.field.press("Shift+Enter");
    await alice.field.pressSequentially("x");
    await eventually("the end, above eight lines", isAtEnd);
    await alice.page.setViewportSize({ width: 1200, height: 420 });
    await eventually("the end, in a smaller window", isAtEnd);
    expect(await alice.page.getByRole("button", { name: "To the newest message" }).count()).toBe(0);
  });

  test("typing in a message of several lines leaves the thread where it is", async () => {
    const bob = app.uniqueName("bob");
    const alice = await app.person("alice");
    await write(bob, alice.name, 40);
    await alice.opens(bob);
    await alice.page.getByRole("button", { name: "To the newest message" }).click();
    for (let line = 0; line < 3; line += 1) await alice.field.press("Shift+Enter");
    await eventually("the end", () => alice.page.evaluate(isScrolledDown));
    // Two frames: a scroll event comes with the frame after its cause.
    await alice.page.evaluate(twoFrames);
    await alice.page.evaluate(countScrolls);
    await alice.field.pressSequentially("one more line");
    await eventually("the text", async () => (await alice.field.inputValue()).endsWith("one more line"));
    await alice.page.evaluate(twoFrames);
    expect(await alice.page.evaluate(() => document.body.dataset.scrolls)).toBe("0");
  });

  test("a mark stands before the first unread message", async () => {
    const bob = await app.person("bob");
    const alice = await app.person("alice");
    await bob.talksWith(alice, "read", "read too");
    await bob.seesStatus("read", "Read");
    await alice.page.goto(`${app.cloud.url}#/`);
    await bob.says("unread", "unread too");
    await alice.row(bob.name).getByText("2 unread").waitFor();
    await alice.opens(bob.name);
    const marked = alice.page.locator(".unread-mark + li");
    expect(await marked.locator(".text").textContent()).toBe("unread");
  });
});

/** Runs in the page: scrolls near the top, returns the first visible message with its position, and their count. */
function scrollNearTop(): { text: string; top: number; count: number } {
  const region = document.querySelector(".message-scroller") as HTMLElement;
  region.scrollTop = 300;
  const edge = region.getBoundingClientRect().top;
  const messages = [...document.querySelectorAll(".message .text")];
  const first = messages.find((message) => message.getBoundingClientRect().top >= edge);
  return {
    text: first?.textContent ?? "",
    top: first?.getBoundingClientRect().top ?? 0,
    count: messages.length,
  };
}

function topOf(text: string): number {
  const message = [...document.querySelectorAll(".message .text")].find((one) => one.textContent === text);
  return message?.getBoundingClientRect().top ?? Number.NaN;
}

function isScrolledDown(): boolean {
  const { scrollHeight, scrollTop, clientHeight } = document.querySelector(
    ".message-scroller",
  ) as HTMLElement;
  return scrollHeight - scrollTop - clientHeight < 2;
}

/** Runs in the page: counts the scroll events of the thread from now on. */
function countScrolls(): void {
  const { dataset } = document.body;
  dataset.scrolls = "0";
  document.querySelector(".message-scroller")?.addEventListener("scroll", () => {
    dataset.scrolls = String(Number(dataset.scrolls) + 1);
  });
}

function twoFrames(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

function scrollTop(): number {
  return (document.querySelector(".message-scroller") as HTMLElement).scrollTop;
}
