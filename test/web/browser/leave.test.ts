import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

/** Tries in all. Two hundred find what happens once in fifty times. */
const TRIES = Number(process.env.PARLEY_LEAVE_TRIES ?? 24);
const DELAYS_MS = [0, 1, 2, 3, 5, 8, 12, 20, 35, 50];

/** Ways to end a page, some milliseconds after a text was sent. */
const WAYS: Record<string, (page: Page, delayMs: number) => Promise<unknown>> = {
  "goes elsewhere": (page, delayMs) => sendAnd(page, delayMs, "leave"),
  reloads: (page, delayMs) => sendAnd(page, delayMs, "reload"),
  closes: async (page, delayMs) => {
    await sendAnd(page, delayMs, "stay");
    await page.close();
  },
  crashes: async (page, delayMs) => {
    const session = await page.context().newCDPSession(page);
    const isCrashed = new Promise((resolve) => page.once("crash", resolve));
    await sendAnd(page, delayMs, "stay");
    session.send("Page.crash").catch(() => {});
    await isCrashed;
    await page.close();
  },
};

async function sendAnd(page: Page, delayMs: number, end: "leave" | "reload" | "stay"): Promise<void> {
  const isLoaded = end === "stay" ? undefined : page.waitForEvent("load");
  const sent = page.evaluate(
    async ([pauseMs, then]) => {
      document.querySelector("textarea")?.form?.requestSubmit();
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (then === "leave") location.href = "about:blank";
      if (then === "reload") location.reload();
    },
    [delayMs, end] as const,
  );
  // The page may be gone before it answers.
  if (end === "stay") await sent;
  else await Promise.all([isLoaded, sent.catch(() => {})]);
}

/** Opens the page again, and sends the text if it is in the field. */
async function comeBack(context: BrowserContext, name: string, peer: string, page: Page): Promise<Person> {
  const person = new Person(name, page.isClosed() ? await context.newPage() : page);
  await person.page.goto("about:blank");
  await person.page.goto(`${app.cloud.url}/?user=${name}`);
  await person.opens(peer);
  return person;
}

/** Waits until the text is in the log, or in the field, from where it is sent then. */
async function findsAgain(person: Person, text: string): Promise<void> {
  const { field, log } = person;
  const isKnown = async () => (await field.inputValue()) === text || (await person.message(text).count()) > 0;
  await eventually(`"${text}" in the log or the field`, isKnown, { timeoutMs: 20_000 });
  await eventually("an empty journal", () => person.page.evaluate(isJournalEmpty), { timeoutMs: 20_000 });
  if ((await field.inputValue()) !== "") await field.press("Enter");
  await person.sees(text);
  await log.getByRole("img", { name: "Waiting to be sent" }).first().waitFor({ state: "detached" });
}

function isJournalEmpty(): boolean {
  return Object.keys(localStorage).every((key) => !key.startsWith("parley.sent:"));
}

test.each(Object.keys(WAYS))(
  "a text is sent once when the page %s within milliseconds",
  async (way) => {
    const first = await app.person("alice");
    const peer = app.uniqueName("bob");
    await first.startsChatWith(peer);
    await first.says("hello");
    const context = first.page.context();
    const texts: string[] = [];
    let person = first;
    for (let attempt = 0; attempt < TRIES / Object.keys(WAYS).length; attempt += 1) {
      const text = `text ${attempt}.`;
      texts.push(text);
      await person.field.fill(text);
      await WAYS[way]?.(person.page, DELAYS_MS[attempt % DELAYS_MS.length] ?? 0);
      person = await comeBack(context, first.name, peer, person.page);
      await findsAgain(person, text);
      expect(person.errors).toEqual([]);
    }
    while ((await person.log.getByText("hello", { exact: true }).count()) === 0) {
      await person.log.evaluate((region) => region.scrollTo(0, 0));
    }
    expect(await person.texts()).toEqual(["hello", ...texts]);
  },
  600_000,
);

test("a text is sent once when its page ends and another tab is open", async () => {
  const alice = await app.person("alice");
  const peer = app.uniqueName("bob");
  await alice.startsChatWith(peer);
  await alice.says("hello");
  const context = alice.page.context();
  const texts: string[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const text = `text ${attempt}.`;
    texts.push(text);
    const other = await comeBack(context, alice.name, peer, await context.newPage());
    await other.field.fill(text);
    await WAYS.closes?.(other.page, attempt);
    // The browser shows the tab that is left. Headless, it shows all of them always.
    await alice.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await findsAgain(alice, text);
  }
  expect(await alice.field.inputValue()).toBe("");
  expect(await alice.texts()).toEqual(["hello", ...texts]);
});
