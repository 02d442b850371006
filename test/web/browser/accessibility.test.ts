import { describe, expect, test } from "vitest";
import { barriers } from "./support/accessibility.ts";
import { screenshotFile } from "./support/browser.ts";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

/** Signs in two people with a group and a conversation that show most elements of the page. */
async function busyPage(options: Parameters<typeof app.person>[1]): Promise<{ alice: Person; bob: Person }> {
  const alice = await app.person("alice", options);
  const bob = await app.person("bob", options);
  const carol = app.uniqueName("carol");
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
  await alice.seesStatus("Wonderful", "Read");
  await alice.message("Did you get").getByRole("button", { name: "❤️ 1" }).waitFor();
  return { alice, bob };
}

describe("the page", () => {
  test.for(["light", "dark"] as const)("has no barriers, in %s colours", async (colorScheme) => {
    const { alice } = await busyPage({ colorScheme });
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`conversation-${colorScheme}`) });

    await alice.message("Wonderful").hover();
    await alice
      .message("Wonderful")
      .getByRole("button", { name: /^Actions for: / })
      .click();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`menu-${colorScheme}`) });
    await alice.page.keyboard.press("Escape");

    await alice.page.getByRole("button", { name: "What happens" }).click();
    await alice.page.getByText("In the log for good").waitFor();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`inspector-${colorScheme}`) });

    await alice.opens("Book club");
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    await alice.page.getByRole("region", { name: "Members" }).getByText("owner").waitFor();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile(`details-${colorScheme}`) });
  });

  test("has no barriers on the sign-in form and in the dialog for a new conversation", async () => {
    const alice = await app.person("alice");
    await alice.page.getByRole("button", { name: "New conversation" }).click();
    await alice.page.getByLabel("Chat with").fill("bob,carol,");
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile("new-conversation") });
    await alice.page.keyboard.press("Escape");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").waitFor();
    expect(await barriers(alice.page)).toEqual([]);
    await alice.page.screenshot({ path: screenshotFile("sign-in") });
  });

  test("can be used without a mouse", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    const { keyboard } = bob.page;
    const focused = () => bob.page.evaluate(() => document.querySelector(":focus")?.textContent ?? "");
    await alice.startsChatWith(bob.name);
    await alice.says("Hello");
    await alice.startsChatWith(app.uniqueName("carol"));
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
});
