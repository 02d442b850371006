import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { screenshotFile } from "./support/browser.ts";
import type { Person } from "./support/person.ts";
import { openWindow } from "./support/window.ts";

const window = openWindow();

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What a person who listens to the page, has no mouse or sees little contrast would stumble over. */
async function barriers(page: Page): Promise<string[]> {
  // Not as a script of the page: its policy takes none from elsewhere.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const page = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await page.axe.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** Two people and a group with something to see. */
async function scene(options: Parameters<typeof window.person>[1]): Promise<{ alice: Person; bob: Person }> {
  const alice = await window.person("alice", options);
  const bob = await window.person("bob", options);
  const carol = window.nameOf("carol");
  await alice.createsGroup("Book club", bob.name, carol);
  await alice.says("Thursday at eight, who is in?");
  await bob.opens("Book club");
  await bob.says("Me!");
  await alice.startsChatWith(bob.name);
  await alice.says("Did you get the tickets?");
  await bob.opens(alice.name);
  await bob.says("Yes, two of them", "Row 7: https://example.com/seats");
  await bob.chooses("Did you get", "❤️");
  await alice.says("Wonderful, see you there");
  await alice.seesTicks("Wonderful", "Read");
  await alice.message("Did you get").getByRole("button", { name: "❤️ 1" }).waitFor();
  return { alice, bob };
}

describe("the page", () => {
  test.for(["light", "dark"] as const)("has no barriers, in %s colours", async (colorScheme) => {
    const { alice } = await scene({ colorScheme });
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`thread-${colorScheme}`) });

    await alice.message("Wonderful").hover();
    await alice.message("Wonderful").getByRole("button", { name: "Message actions" }).click();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`menu-${colorScheme}`) });
    await alice.page.keyboard.press("Escape");

    await alice.page.getByRole("button", { name: "What happens" }).click();
    await alice.page.getByText("In the log for good").waitFor();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`what-happens-${colorScheme}`) });

    await alice.opens("Book club");
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    await alice.page.getByRole("region", { name: "Members" }).getByText("owner").waitFor();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`details-${colorScheme}`) });
  });

  test("has no barriers for who is not signed in, nor in a new conversation", async () => {
    const alice = await window.person("alice");
    await alice.page.getByRole("button", { name: "New conversation" }).click();
    await alice.page.getByLabel("With whom?").fill("bob,carol,");
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile("new-conversation") });
    await alice.page.keyboard.press("Escape");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").waitFor();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile("sign-in") });
  });

  test("on a phone shows one thing at a time, fits the screen, and goes back by the back button", async () => {
    const phone = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };
    const alice = await window.person("alice", phone);
    const bob = await window.person("bob", phone);
    const { page } = alice;
    await alice.startsChatWith(bob.name);
    await alice.says(
      "A rather long message, which does not fit into one line of a phone, and without-any-place-to-break-it-".repeat(
        2,
      ),
    );
    await bob.opens(alice.name);
    expect(await alice.inbox.isVisible()).toBe(false);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBe(widths[1]);
    expect(await barriers(page)).toEqual([]);
    await page.screenshot({ path: screenshotFile("phone-thread") });

    await page.getByRole("button", { name: "Back to the list" }).click();
    await alice.row(bob.name).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.screenshot({ path: screenshotFile("phone-list") });
    await alice.row(bob.name).getByRole("link").tap();
    await alice.field.waitFor();
    await page.goBack();
    await alice.row(bob.name).waitFor();
  });

  test("keeps menus in the window, messages at their side, and the field in sight, however narrow it is", async () => {
    const phone = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };
    const alice = await window.person("alice", phone);
    const { page } = alice;
    await alice.startsChatWith(window.nameOf("bob"));
    await alice.says("short", "long ".repeat(80).trim());
    await alice.message("short").getByRole("button", { name: "Message actions" }).tap();
    const within = async (name: string) => {
      const box = await page.getByRole("menuitem", { name }).boundingBox();
      const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
      return box !== null && box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height;
    };
    for (const name of ["👍", "🎉", "Delete"]) expect(await within(name), name).toBe(true);
    await page.keyboard.press("Escape");

    for (const width of [375, 800, 1000, 1400]) {
      await page.setViewportSize({ width, height: 720 });
      const right = async (text: string) => {
        const box = await alice.message(text).getByRole("article").boundingBox();
        return Math.round((box?.x ?? 0) + (box?.width ?? 0));
      };
      expect(await right("long"), `at ${width}`).toBe(await right("short"));
    }
    await page.setViewportSize({ width: 1000, height: 720 });
    await page.getByRole("button", { name: "What happens" }).click();
    expect(await page.getByRole("button", { name: "What happens" }).isVisible()).toBe(false);
    await page.getByRole("button", { name: "Back to the list" }).click();
    await alice.inbox.getByRole("listitem").waitFor();
  });

  test("says so when there is no such conversation, and begins at the list for who signs in next", async () => {
    const alice = await window.person("alice");
    const bob = window.nameOf("bob");
    await alice.startsChatWith(bob);
    await alice.says("hi");
    await alice.seesTicks("hi", "Sent");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").fill(window.nameOf("zoe"));
    await alice.page.getByRole("button", { name: "Start chatting" }).click();
    await alice.page.getByText("Choose a conversation").waitFor();
    await alice.page.goto(`${window.cloud.url}#/c/dnonexistent`);
    await alice.page.getByText("There is no such conversation, or you are not in it.").waitFor();
    expect(await alice.field.count()).toBe(0);
    await alice.page.getByRole("link", { name: "To the list" }).click();
    await alice.page.getByText("Choose a conversation").waitFor();
  });

  test("can be used without a mouse", async () => {
    const alice = await window.person("alice");
    const bob = await window.person("bob");
    const { keyboard } = bob.page;
    const focused = () => bob.page.evaluate(() => document.querySelector(":focus")?.textContent ?? "");
    await alice.startsChatWith(bob.name);
    await alice.says("Hello");
    await alice.startsChatWith(window.nameOf("carol"));
    await bob.row(alice.name).waitFor();
    for (let tabs = 0; !(await focused()).includes("Hello"); tabs += 1) {
      expect(tabs).toBeLessThan(6);
      await keyboard.press("Tab");
    }
    await keyboard.press("Enter");
    await bob.field.waitFor();
    await bob.field.press("Shift+Tab");
    await keyboard.press("Enter");
    await keyboard.press("ArrowRight");
    expect(await focused()).toBe("❤️");
    await keyboard.press("Enter");
    await alice.opens(bob.name);
    await alice.message("Hello").getByRole("button", { name: "❤️ 1" }).waitFor();
  });

  test("two windows side by side, for the README", async () => {
    const size = { width: 680, height: 640 };
    const alice = await window.person("alice", { name: "alice", viewport: size });
    const bob = await window.person("bob", { name: "bob", viewport: size, colorScheme: "dark" });
    await alice.startsChatWith("bob");
    await alice.says("Did you get the tickets?");
    await bob.opens("alice");
    await bob.says("Yes, two of them", "Row 7: https://example.com/seats");
    await bob.chooses("Did you get", "❤️");
    await alice.says("Wonderful! See you there");
    await alice.seesTicks("Wonderful", "Read");
    await alice.page.getByRole("button", { name: "Back to the list" }).waitFor();
    // As fast as people do: a second word of it is told after 3 s.
    await bob.field.pressSequentially("Can you bring the book?", { delay: 160 });
    await alice.page.getByText("bob is typing").waitFor();
    const pictures = await Promise.all([alice, bob].map(({ page }) => page.screenshot()));
    const page = await alice.page.context().newPage();
    await page.setViewportSize({ width: 1440, height: 720 });
    await page.setContent(`<style>
      body { margin: 0; padding: 40px; display: flex; gap: 40px; background: linear-gradient(120deg, #cfe7de, #d9dcee); box-sizing: border-box }
      img { width: 660px; height: 621px; border-radius: 12px; box-shadow: 0 10px 40px #0003 }
    </style>${pictures.map((png) => `<img src="data:image/png;base64,${png.toString("base64")}">`).join("")}`);
    await page.screenshot({ path: screenshotFile("two-windows") });
  });
});
