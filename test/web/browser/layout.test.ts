import { describe, expect, test } from "vitest";
import { barriers } from "./support/accessibility.ts";
import { screenshotFile } from "./support/browser.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

describe("the page", () => {
  test("shows one thing at a time on a phone, fits the screen, and goes back with the back button", async () => {
    const phone = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };
    const alice = await app.person("alice", phone);
    const bob = await app.person("bob", phone);
    const { page } = alice;
    await alice.startsChatWith(bob.name);
    await alice.says(
      "A rather long message, which does not fit into one line of a phone, and without-any-place-to-break-it-".repeat(
        2,
      ),
    );
    await bob.opens(alice.name);
    expect(await alice.conversationList.isVisible()).toBe(false);
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBe(widths[1]);
    expect(await barriers(page)).toEqual([]);
    await page.screenshot({ path: screenshotFile("phone-conversation") });

    await page.getByRole("button", { name: "Back to the list" }).click();
    await alice.row(bob.name).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.screenshot({ path: screenshotFile("phone-list") });
    await alice.row(bob.name).getByRole("link").tap();
    await alice.field.waitFor();
    await page.goBack();
    await alice.row(bob.name).waitFor();
  });

  test("keeps menus in the window, messages at their side and the field visible at any width", async () => {
    const phone = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };
    const alice = await app.person("alice", phone);
    const { page } = alice;
    await alice.startsChatWith(app.uniqueName("bob"));
    await alice.says("short", "long ".repeat(80).trim());
    await alice
      .message("short")
      .getByRole("button", { name: /^Actions for: / })
      .tap();
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
    await alice.conversationList.getByRole("listitem").waitFor();
  });

  test("looks right in two windows side by side, the picture in the README", async () => {
    const size = { width: 680, height: 640 };
    const alice = await app.person("alice", { name: "alice", viewport: size });
    const bob = await app.person("bob", { name: "bob", viewport: size, colorScheme: "dark" });
    await alice.startsChatWith("bob");
    await alice.says("Did you get the tickets?");
    await bob.opens("alice");
    await bob.says("Yes, two of them", "Row 7: https://example.com/seats");
    await bob.chooses("Did you get", "❤️");
    await alice.says("Wonderful! See you there");
    await alice.seesStatus("Wonderful", "Read");
    await alice.page.getByRole("button", { name: "Back to the list" }).waitFor();
    // Typed as fast as people do: the client sends another typing signal only after 3 s.
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
