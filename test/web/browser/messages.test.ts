import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { barriers } from "./support/accessibility.ts";
import { screenshotFile } from "./support/browser.ts";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";
import { sendTexts } from "./support/wire.ts";

const app = openWebApp();
const PHONE = { viewport: { width: 375, height: 720 }, isMobile: true, hasTouch: true };

/** Signs a person in who has received these texts, and opens the conversation. */
async function reader(
  texts: readonly string[],
  options: Parameters<typeof app.person>[1] = {},
): Promise<{ alice: Person; bob: string }> {
  const bob = app.uniqueName("bob");
  const alice = await app.person("alice", options);
  await sendTexts(app, bob, { user: alice.name }, texts);
  await alice.opens(bob);
  return { alice, bob };
}

const focusedLabel = (alice: Person) =>
  alice.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

/** Presses with a finger, and does not let go. */
async function presses(alice: Person, target: Locator): Promise<() => Promise<unknown>> {
  const box = await target.boundingBox();
  if (box === null) throw new Error("nothing to press");
  const session = await alice.page.context().newCDPSession(alice.page);
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  return () => session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

describe("a conversation", () => {
  test("is readable whatever stands behind an address", async () => {
    const tails = ["!".repeat(15_900), ")".repeat(15_900), "?!.,;:'])".repeat(1_700), "(".repeat(15_900)];
    const { alice } = await reader([
      "before",
      ...tails.map((tail) => `https://example.com/${tail}`),
      "after",
    ]);
    await alice.sees("after");
    expect(await alice.texts()).toHaveLength(tails.length + 2);
    const links = await alice.log.getByRole("link").evaluateAll((all) => all.map((one) => one.textContent));
    expect(links.slice(0, 3)).toEqual(Array(3).fill("https://example.com/"));
  });

  test("shows the messages around one that it cannot show, and its row in the list does not hide the others", async () => {
    const bob = app.uniqueName("bob");
    const alice = await app.person("alice", {
      // A server that sends a time that there is not.
      prepare: (page) =>
        page.routeWebSocket(/.*/, (ws) => {
          const server = ws.connectToServer();
          server.onMessage((message) =>
            ws.send(
              String(message).replace(
                /("sentAtMs":)\d+([^{}]*\{[^{}]*"text":"broken")|("text":"broken"[^{}]*\}?[^{}]*"sentAtMs":)\d+/g,
                (_, before = "", between = "", other = "") =>
                  other === "" ? `${before}9000000000000000${between}` : `${other}9000000000000000`,
              ),
            ),
          );
        }),
    });
    await sendTexts(app, app.uniqueName("zoe"), { user: alice.name }, ["hello"]);
    await sendTexts(app, bob, { user: alice.name }, ["before", "broken"]);
    const rows = alice.conversationList.getByRole("listitem");
    await rows.filter({ hasText: "This conversation cannot be shown." }).waitFor();
    await rows.filter({ hasText: "hello" }).waitFor();
    await alice.page.goto(`${app.cloud.url}#/u/${bob}`);
    await sendTexts(app, bob, { user: alice.name }, ["after"]);
    await alice.sees("before");
    await alice.sees("after");
    await alice.page.getByText("A message is here that this page cannot show.").waitFor();
    expect(await alice.texts()).toEqual(["before", "after"]);
  });

  test("shows Hebrew and Arabic from the right, and refuses a name that would reorder text", async () => {
    const { alice, bob } = await reader(["שלום עולם!", "مرحبا 5.", "latin!", "שלום\nlatin!"]);
    await alice.sees("latin!");
    const spoof = "\u202Eecila";
    expect(await alice.page.evaluate(directions)).toEqual(["rtl", "rtl", "ltr", "rtl"]);
    expect(await alice.page.evaluate(isEndLeftmost)).toEqual([true, true, false]);
    expect(await alice.page.evaluate(isTimeLeft)).toEqual([true, true, false, true]);
    await alice.page.screenshot({ path: screenshotFile("right-to-left") });

    // The server has no such name, and the page says so before it asks.
    await alice.page.getByRole("button", { name: "New conversation" }).click();
    const dialog = alice.page.getByRole("dialog");
    await dialog.getByLabel("Chat with").fill(spoof);
    await dialog.getByRole("button", { name: "Start chatting" }).click();
    await dialog.getByText("The name ecila has characters that nobody can see.").waitFor();
    await alice.page.screenshot({ path: screenshotFile("name-refused") });
    await alice.page.keyboard.press("Escape");

    await alice.createsGroup("מועדון הספר", "דוד", bob);
    await alice.log.getByText("created the group").waitFor();
    const events = await alice.log.locator(".event").allTextContents();
    expect(events.join()).toContain("with \u2068דוד\u2069 and");
    await alice.page.getByRole("heading", { level: 1, name: "מועדון הספר" }).locator("bdi").waitFor();
    expect(await alice.page.content()).not.toMatch(/[\u202a-\u202e\u061c]/);
    await alice.page.screenshot({ path: screenshotFile("right-to-left-group") });
  });
});

/** Runs in the page: the direction of each text. */
function directions(): string[] {
  return [...document.querySelectorAll(".text")].map((one) => getComputedStyle(one).direction);
}

/** Runs in the page: whether the time of each message is at the left of its bubble, where the text ends. */
function isTimeLeft(): boolean[] {
  return [...document.querySelectorAll(".bubble")].map((bubble) => {
    const { left, right } = bubble.getBoundingClientRect();
    const footer = (bubble.querySelector("footer") as Element).getBoundingClientRect();
    return footer.left - left < right - footer.right;
  });
}

/** Runs in the page: whether the last character of each of the first three texts is painted left of all others. */
function isEndLeftmost(): boolean[] {
  return [...document.querySelectorAll(".text")].slice(0, 3).map((one) => {
    const node = one.firstChild as Text;
    const left = (index: number) => {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + 1);
      return range.getBoundingClientRect().left;
    };
    const all = Array.from({ length: node.length }, (_, index) => left(index));
    return all.at(-1) === Math.min(...all);
  });
}

describe("the messages", () => {
  test("are one tab stop, between which the arrow keys move", async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `number ${index + 1}`);
    const { alice } = await reader([...texts, "see https://example.com/"]);
    const { keyboard } = alice.page;
    await alice.sees("see https");
    await alice.chooses("number 30", "👍");
    await alice.message("number 30").getByRole("button", { name: "👍 1" }).waitFor();
    await alice.field.focus();
    const stops = await alice.log.evaluate(
      (log) =>
        [...log.querySelectorAll("a, button, [tabindex]")].filter(
          (one) => (one as HTMLElement).tabIndex === 0,
        ).length,
    );
    expect(stops).toBe(1);

    await keyboard.press("Shift+Tab");
    expect(await focusedLabel(alice)).toBe("Actions for: see https://example.com/");
    await keyboard.press("ArrowUp");
    expect(await focusedLabel(alice)).toBe("Actions for: number 30");
    await keyboard.press("ArrowRight");
    expect(await alice.page.evaluate(() => document.activeElement?.textContent)).toBe("👍 1");
    await keyboard.press("Home");
    expect(await focusedLabel(alice)).toBe("Actions for: number 1");
    await keyboard.press("ArrowUp");
    expect(await focusedLabel(alice)).toBe("Actions for: number 1");
    // Where one has been is where Tab leads to, until one leaves.
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await alice.page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    await keyboard.press("Escape");
    expect(await focusedLabel(alice)).toBe("Actions for: number 2");
    await keyboard.press("End");
    await keyboard.press("ArrowLeft");
    expect(await alice.page.evaluate(() => document.activeElement?.getAttribute("href"))).toBe(
      "https://example.com/",
    );
    // The page notices that it is at the end again with the next frame.
    await alice.page.getByRole("button", { name: "To the newest message" }).waitFor({ state: "detached" });
    await keyboard.press("Tab");
    expect(await alice.field.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await barriers(alice.page)).toEqual([]);
  });

  test("have their actions under the right button of the mouse, and links keep the browser's menu", async () => {
    const { alice } = await reader(["hello", "https://example.com/"]);
    await alice.message("hello").getByRole("article").click({ button: "right" });
    await alice.page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    await alice.page.keyboard.press("Escape");
    await alice.log.getByRole("link").click({ button: "right" });
    expect(await alice.page.getByRole("menuitem").count()).toBe(0);
  });

  test("have their actions under a finger that rests, with targets large enough for it", async () => {
    const { alice } = await reader(["hello", "what a day"], PHONE);
    const bubble = alice.message("hello").getByRole("article");
    await alice.sees("what a day");
    const dots = await alice.log
      .getByRole("button", { name: /^Actions for/ })
      .first()
      .boundingBox();
    expect(dots?.width).toBeLessThan(2);
    const release = await presses(alice, bubble);
    const item = alice.page.getByRole("menuitem", { name: "Copy text" });
    await item.waitFor();
    await release();
    for (const target of await alice.page.getByRole("menuitem").all()) {
      const box = await target.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
    }
    await alice.page.screenshot({ path: screenshotFile("phone-actions") });
    await alice.page.getByRole("menuitem", { name: "❤️" }).tap();
    await alice.message("hello").getByRole("button", { name: "❤️ 1" }).waitFor();
    expect(await barriers(alice.page)).toEqual([]);
  });
});
