import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { barriers } from "./support/accessibility.ts";
import { screenshotFile } from "./support/browser.ts";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

const styleOf = (locator: Locator, property: string, pseudo?: string) =>
  locator.evaluate(
    (element, [name, pseudo]) => getComputedStyle(element, pseudo).getPropertyValue(name ?? ""),
    [property, pseudo] as const,
  );

/** Signs in two people who have written to each other, and more conversations than one. */
async function chat(options: Parameters<typeof app.person>[1] = {}): Promise<{ alice: Person; bob: Person }> {
  const alice = await app.person("alice", options);
  const bob = await app.person("bob");
  // A group needs a connection.
  await alice.page.getByRole("button", { name: "Start a conversation" }).waitFor();
  await alice.createsGroup("Book club", bob.name);
  await alice.says("Thursday?");
  await alice.seesStatus("Thursday?", "Sent");
  if (options.isMobile) await alice.page.getByRole("button", { name: "Back to the list" }).click();
  await alice.startsChatWith(bob.name);
  await alice.says("Hi");
  await bob.opens(alice.name);
  await bob.says("Hello there");
  await alice.sees("Hello there");
  await bob.opens("Book club");
  await bob.says("Fine");
  return { alice, bob };
}

/** Vertical distance between the middles of two elements. */
async function offCentre(one: Locator, other: Locator): Promise<number> {
  const [a, b] = [await one.boundingBox(), await other.boundingBox()];
  if (a === null || b === null) throw new Error("not visible");
  return Math.abs(a.y + a.height / 2 - (b.y + b.height / 2));
}

describe("the header of a conversation", () => {
  const picture = (page: Page) => page.locator(".conversation > header .avatar");

  test("centres a name that has nothing below it", async () => {
    const alice = await app.person("alice");
    const stranger = app.uniqueName("stranger");
    await alice.startsChatWith(stranger);
    const name = alice.page.getByRole("heading", { level: 1, name: stranger });
    await alice.page.locator(".subtitle").waitFor({ state: "detached" });
    // The banner moves the header while the page connects.
    await eventually("a name in the middle", async () => (await offCentre(name, picture(alice.page))) < 2);
  });

  test("opens the details by a click on the name or the picture, and by keyboard", async () => {
    const { alice, bob } = await chat();
    await alice.opens(bob.name);
    const dialog = alice.page.getByRole("dialog", { name: bob.name });
    await alice.page.getByRole("heading", { level: 1, name: bob.name }).click();
    await dialog.waitFor();
    await alice.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    const box = await picture(alice.page).boundingBox();
    await alice.page.mouse.click((box?.x ?? 0) + 10, (box?.y ?? 0) + 10);
    await dialog.waitFor();
    await alice.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await alice.page.getByRole("heading", { level: 1 }).getByRole("button").press("Enter");
    await dialog.waitFor();
  });

  test("says how many of a group are online", async () => {
    const { alice } = await chat();
    await alice.opens("Book club");
    await alice.page.getByText("2 members, 2 online").waitFor();
  });
});

describe("the page", () => {
  test("grows with the text that the user prefers", async () => {
    const { alice } = await chat();
    const samples = {
      message: alice.message("Hi").locator(".text"),
      time: alice.message("Hi").locator("time"),
      row: alice.row("Book club").locator(".row-preview"),
      field: alice.field,
      heading: alice.page.getByRole("heading", { level: 1 }),
    };
    const sizes = async () => {
      const entries = Object.entries(samples).map(async ([name, element]) => [
        name,
        Number.parseFloat(await styleOf(element, "font-size")),
      ]);
      return Object.fromEntries(await Promise.all(entries)) as Record<string, number>;
    };
    const before = await sizes();
    await alice.page.evaluate(() => {
      document.documentElement.style.fontSize = "32px";
    });
    const after = await sizes();
    for (const [name, size] of Object.entries(before)) expect(after[name], name).toBeCloseTo(2 * size, 1);
    const { scrollWidth, clientWidth } = await alice.page.evaluate(() => document.documentElement);
    expect(scrollWidth).toBe(clientWidth);
    await alice.page.screenshot({ path: screenshotFile("large-text") });
  });

  test("has fields on touch screens that Safari does not zoom into, as high as their text", async () => {
    const phone = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };
    const { alice } = await chat(phone);
    expect(await styleOf(alice.field, "font-size")).toBe("16px");
    await alice.field.fill("a text of some lines ".repeat(8));
    const overflow = await alice.field.evaluate(
      ({ scrollHeight, clientHeight }) => scrollHeight - clientHeight,
    );
    expect(overflow).toBe(0);
    await alice.field.fill("");
    await alice.page.getByRole("button", { name: "Back to the list" }).click();
    await alice.page.getByRole("button", { name: "New conversation" }).click();
    for (const field of await alice.page.getByRole("dialog").getByRole("textbox").all())
      expect(await styleOf(field, "font-size")).toBe("16px");
    await alice.page.keyboard.press("Escape");
    await alice.opens("Book club");
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    for (const field of await alice.page.getByRole("dialog").getByRole("textbox").all())
      expect(await styleOf(field, "font-size")).toBe("16px");
    await alice.page.screenshot({ path: screenshotFile("phone-details") });
  });

  test("has borders and a selection in forced colours", async () => {
    const { alice, bob } = await chat({ forcedColors: "active" });
    const backgroundsAlone = [
      alice.message("Hi").getByRole("article"),
      alice.row(bob.name).locator(".avatar"),
      alice.row("Book club").locator(".badge"),
      alice.log.locator(".day span"),
      alice.page.getByRole("button", { name: "Send" }),
    ];
    for (const element of backgroundsAlone) {
      expect(await styleOf(element.first(), "border-top-style")).not.toBe("none");
      expect(Number.parseFloat(await styleOf(element.first(), "border-top-width"))).toBeGreaterThanOrEqual(1);
    }
    const selection = (title: string) => styleOf(alice.row(title).getByRole("link"), "outline-style");
    expect([await selection(bob.name), await selection("Book club")]).toEqual(["solid", "none"]);
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile("forced-colors") });
  });

  test("fits the narrowest phone and the first start", async () => {
    const size = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true };
    const newcomer = await app.person("newcomer", size);
    await newcomer.page.getByRole("button", { name: "Start a conversation" }).waitFor();
    await newcomer.page.screenshot({ path: screenshotFile("narrow-first-start") });
    const { alice } = await chat(size);
    await alice.page.screenshot({ path: screenshotFile("narrow-conversation") });
    const widths = await alice.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBe(widths[1]);
  });
});

describe("the sign-in form", () => {
  test("has an example that does not look like an input", async () => {
    const alice = await app.person("alice");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    const field = alice.page.getByLabel("Who are you?");
    await field.waitFor();
    expect(await field.getAttribute("placeholder")).toBe("for example alice");
    expect(await styleOf(field, "font-weight", "::placeholder")).toBe("400");
    const [placeholder, text] = [
      await styleOf(field, "color", "::placeholder"),
      await styleOf(field, "color"),
    ];
    expect(placeholder).not.toBe(text);
    await alice.page.screenshot({ path: screenshotFile("sign-in") });
  });
});
