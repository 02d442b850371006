import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { screenshotFile } from "./support/browser.ts";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";
import { writeOverWire } from "./support/write-over-wire.ts";

const app = openWebApp();

const PHONE = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };

interface Around {
  readonly alice: Person;
  readonly bob: Person;
}

/** Changes of the page around the messages, or of messages, in the order in which they are tried. */
const CHANGES: readonly (readonly [string, (around: Around) => Promise<unknown>])[] = [
  [
    "the field grows",
    async ({ alice }) => {
      for (let line = 0; line < 6; line += 1) await alice.field.press("Shift+Enter");
    },
  ],
  [
    "the field shrinks, grows and shrinks",
    async ({ alice }) => {
      await alice.field.fill("");
      await alice.field.fill("a\n".repeat(8));
      await alice.page.evaluate(twoFrames);
      await alice.field.fill("");
    },
  ],
  ["an edit begins", ({ alice }) => alice.field.press("ArrowUp")],
  ["an edit ends", ({ alice }) => alice.field.press("Escape")],
  [
    "the connection is lost",
    async ({ alice }) => {
      await Promise.all(app.cloud.gateways.map((gateway) => gateway.stop()));
      await alice.page
        .getByText(/Offline|Connecting/)
        .first()
        .waitFor();
    },
  ],
  [
    "the connection is back",
    async ({ alice }) => {
      await Promise.all(app.cloud.gateways.map((gateway) => gateway.start()));
      await alice.page.getByText("Back in sync").waitFor();
      await alice.page.getByText("Back in sync").waitFor({ state: "detached" });
    },
  ],
  ["the phone is turned", ({ alice }) => alice.page.setViewportSize({ width: 720, height: 375 })],
  ["the phone is turned back", ({ alice }) => alice.page.setViewportSize(PHONE.viewport)],
  [
    "the keyboard makes the window smaller",
    ({ alice }) => alice.page.setViewportSize({ width: 375, height: 420 }),
  ],
  ["the keyboard is closed", ({ alice }) => alice.page.setViewportSize(PHONE.viewport)],
  ["the keyboard covers the page", ({ alice }) => alice.page.evaluate(setVisibleHeight, 420)],
  ["the keyboard uncovers the page", ({ alice }) => alice.page.evaluate(setVisibleHeight, 720)],
  ["a font comes late", ({ alice }) => alice.page.evaluate(changeFont)],
  [
    "a reaction comes",
    async ({ alice, bob }) => {
      await bob.chooses("number 40", "🎉");
      await alice.log.getByRole("button", { name: "🎉 1" }).waitFor();
    },
  ],
  [
    "a message becomes longer",
    async ({ alice, bob }) => {
      await bob.field.press("ArrowUp");
      await bob.field.fill("longer ".repeat(60));
      await bob.field.press("Enter");
      await alice.log.getByText("edited").waitFor();
    },
  ],
];

/** A page with a long thread on a phone, whose last message is the reader's, and the window of the other one. */
async function longThread(): Promise<Around> {
  const [name, bobName] = [app.uniqueName("alice"), app.uniqueName("bob")];
  await writeOverWire(app, bobName, name, 40, (number) => `number ${number} `.repeat((number % 7) + 1));
  const bob = await app.person("bob", { name: bobName });
  const alice = await app.person("alice", { ...PHONE, name });
  await alice.row(bobName).getByRole("link").tap();
  await alice.says("mine");
  await alice.seesStatus("mine", "Delivered");
  await bob.opens(name);
  await bob.says("yours");
  await alice.sees("yours");
  await eventually("the end", () => alice.page.evaluate(isAtEnd));
  return { alice, bob };
}

describe("whatever changes around it, a thread", () => {
  test("stays at its end, and what comes is read", async () => {
    const around = await longThread();
    const { alice, bob } = around;
    for (const [change, make] of CHANGES) {
      await make(around);
      await alice.page.evaluate(twoFrames);
      expect(await alice.page.evaluate(isAtEnd), change).toBe(true);
      if (change === "the connection is lost") continue;
      const answer = `answer when ${change}.`;
      await bob.says(answer);
      await alice.sees(answer);
      expect(await alice.page.evaluate(isAtEnd), `${change}, and an answer`).toBe(true);
    }
    await bob.seesStatus("answer when a message becomes longer.", "Read");
    expect(await alice.page.getByRole("button", { name: "To the newest message" }).count()).toBe(0);
  });

  test("keeps its first visible message in place", async () => {
    const around = await longThread();
    const { alice } = around;
    await alice.page.evaluate(loadAll, 42);
    await alice.page.evaluate(scrollToMiddle);
    await alice.page.evaluate(twoFrames);
    const before = await alice.page.evaluate(firstVisible);
    for (const [change, make] of CHANGES) {
      await make(around);
      await alice.page.evaluate(twoFrames);
      const after = await alice.page.evaluate(topOf, before.text);
      expect(Math.abs(after - before.top), change).toBeLessThan(2);
    }
  });
});

test("a keyboard that covers the page leaves the header and the field in sight", async () => {
  const { alice } = await longThread();
  await alice.page.evaluate(setVisibleHeight, 420);
  const box = await alice.field.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(420);
  await alice.page.screenshot({ path: screenshotFile("phone-keyboard") });
});

test("a thread is shown where it was left, and at its end if it was left there", async () => {
  const { alice, bob } = await longThread();
  await alice.page.setViewportSize({ width: 1200, height: 720 });
  const carol = app.uniqueName("carol");
  await alice.startsChatWith(carol);
  await alice.says("hello");
  await alice.opens(bob.name);
  await eventually("the end", () => alice.page.evaluate(isAtEnd));
  await alice.page.evaluate(loadAll, 42);
  await alice.page.evaluate(scrollToMiddle);
  await alice.page.evaluate(twoFrames);
  const before = await alice.page.evaluate(firstVisible);
  await alice.opens(carol);
  await bob.says("meanwhile", "and more");
  await alice.row(bob.name).getByText("2 unread").waitFor();
  await alice.opens(bob.name);
  expect(Math.abs((await alice.page.evaluate(topOf, before.text)) - before.top)).toBeLessThan(2);
  await alice.page.getByRole("button", { name: "To the newest message" }).getByText("2").waitFor();
  await alice.page.goBack();
  await alice.page.goForward();
  await alice.field.waitFor();
  expect(Math.abs((await alice.page.evaluate(topOf, before.text)) - before.top)).toBeLessThan(2);
});

describe("a thread with unread messages", () => {
  test.each([
    { count: 60, history: 5 },
    { count: 150, history: 30 },
    { count: 60, history: 0 },
  ])(
    "opens at the first of $count after $history, and they are read as they are seen",
    async ({ count, history }) => {
      const name = app.uniqueName("alice");
      const writer = await app.person("bob");
      const bob = writer.name;
      const alice = await app.person("alice", { name });
      if (history > 0) {
        await writeOverWire(app, name, bob, 1, () => "hello");
        await writeOverWire(app, bob, name, history, (number) => `old ${number}.`);
        await alice.opens(bob);
        const toEnd = alice.page.getByRole("button", { name: "To the newest message" });
        if (history > 20) await toEnd.click();
        // A read cursor is on its way for a second.
        await writer.opens(name);
        await writer.seesStatus(`old ${history}.`, "Read");
        await alice.startsChatWith(app.uniqueName("carol"));
      }
      await writeOverWire(app, bob, name, count, (number) => `new ${number}.`);
      const badge = alice.row(bob).locator(".badge");
      await badge.getByText(count > 99 ? "99+" : String(count)).waitFor();
      // As after a start: the newest 25 are loaded.
      await alice.page.reload();
      await badge.waitFor();
      await alice.opens(bob);

      if (history > 0) await alice.page.locator(".unread-mark + li").getByText("new 1.").waitFor();
      else await alice.sees("new 1.");
      await eventually("the start", () => alice.page.evaluate(isFirstNewInView));
      await alice.page.screenshot({ path: screenshotFile("unread") });
      expect(await alice.page.evaluate(isAtEnd)).toBe(false);
      const unread = async () => Number.parseInt((await badge.textContent()) ?? "0", 10);
      const seen = () => alice.page.evaluate(numberOfLastVisible);
      const isReadAsSeen = async () => (await unread()) === Math.min(count - (await seen()), 99);
      await eventually("those in view to be read", isReadAsSeen);
      for (let step = 0; step < 2; step += 1) {
        await alice.log.hover();
        await alice.page.mouse.wheel(0, 400);
        await alice.page.evaluate(twoFrames);
        await eventually("those in view to be read", isReadAsSeen);
      }
      expect(await unread()).toBeGreaterThan(10);
      await alice.page.getByRole("button", { name: "To the newest message" }).click();
      await badge.waitFor({ state: "detached" });
    },
  );

  test("that all fit opens at its end", async () => {
    const { alice, bob } = await longThread();
    await alice.page.setViewportSize({ width: 1200, height: 720 });
    await alice.startsChatWith(app.uniqueName("carol"));
    await bob.says("one", "two");
    await alice.row(bob.name).getByText("2 unread").waitFor();
    await alice.opens(bob.name);
    await alice.sees("two");
    expect(await alice.page.evaluate(isAtEnd)).toBe(true);
    await bob.seesStatus("two", "Read");
  });
});

/** Runs in the page: lets the keyboard cover what is below, as on an iPhone: only the visual viewport tells. */
function setVisibleHeight(height: number): void {
  Object.defineProperty(visualViewport, "height", { configurable: true, get: () => height });
  visualViewport?.dispatchEvent(new Event("resize"));
}

function isAtEnd(): boolean {
  const region = document.querySelector(".message-scroller") as HTMLElement;
  return region.scrollHeight - region.scrollTop - region.clientHeight < 2;
}

/** Runs in the page: true if the first new message is in the upper part of the thread. */
function isFirstNewInView(): boolean {
  const region = document.querySelector(".message-scroller")?.getBoundingClientRect();
  const messages = [...document.querySelectorAll(".message")];
  const first = messages.find((message) => message.querySelector(".text")?.textContent === "new 1.");
  const { top, bottom } = first?.getBoundingClientRect() ?? new DOMRect();
  return region !== undefined && top >= region.top && bottom < region.top + 200;
}

/** Runs in the page: scrolls to the top until there are so many messages. */
async function loadAll(count: number): Promise<void> {
  const region = document.querySelector(".message-scroller") as HTMLElement;
  while (document.querySelectorAll(".message").length < count) {
    region.scrollTop = 0;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs in the page: changes the size of all messages. */
function changeFont(): void {
  for (const message of document.querySelectorAll<HTMLElement>(".message"))
    message.style.letterSpacing = "2px";
}

function scrollToMiddle(): void {
  const region = document.querySelector(".message-scroller") as HTMLElement;
  region.scrollTop = region.scrollHeight / 2;
}

/** Runs in the page: returns the first message that is visible from its top, and its place. */
function firstVisible(): { text: string; top: number } {
  const top = document.querySelector(".message-scroller")?.getBoundingClientRect().top ?? 0;
  const messages = [...document.querySelectorAll(".message")];
  const first = messages.find((message) => message.getBoundingClientRect().bottom > top);
  return {
    text: first?.querySelector(".text")?.textContent ?? "",
    top: (first?.getBoundingClientRect().top ?? 0) - top,
  };
}

function topOf(text: string): number {
  const top = document.querySelector(".message-scroller")?.getBoundingClientRect().top ?? 0;
  const messages = [...document.querySelectorAll(".message")];
  const message = messages.find((one) => one.querySelector(".text")?.textContent === text);
  return (message?.getBoundingClientRect().top ?? Number.NaN) - top;
}

function numberOfLastVisible(): number {
  const bottom = document.querySelector(".message-scroller")?.getBoundingClientRect().bottom ?? 0;
  const visible = [...document.querySelectorAll(".message")].filter(
    (message) => message.getBoundingClientRect().bottom <= bottom,
  );
  return Number(/new (\d+)/.exec(visible.at(-1)?.querySelector(".text")?.textContent ?? "")?.[1] ?? 0);
}

function twoFrames(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
