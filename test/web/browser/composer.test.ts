import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import type { Person } from "./support/person.ts";
import { COMPOSITION_ENTER, RawInput } from "./support/raw-input.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

/** Texts that a page sends, new ones and changed ones. */
function collectTexts(page: Page): string[] {
  const texts: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      const { type, entries = [] } = JSON.parse(String(payload)) as {
        type: string;
        entries?: { kind: string; body: { text?: string } }[];
      };
      if (type === "send") texts.push(...entries.map(({ kind, body }) => `${kind}: ${body.text}`));
    }),
  );
  return texts;
}

/** Signs in a person who has one message, and collects what their page sends from then on. */
async function writer(): Promise<{ alice: Person; texts: string[]; peer: string }> {
  let texts: string[] = [];
  const alice = await app.person("alice", {
    prepare: async (page) => {
      texts = collectTexts(page);
    },
  });
  const peer = app.uniqueName("bob");
  await alice.startsChatWith(peer);
  await alice.says("hello");
  await alice.seesStatus("hello", "Sent");
  texts.length = 0;
  return { alice, texts, peer };
}

/** Enters a word by an input method whose Enter comes before the end of the composition, or after it as in Safari. */
async function enterWord(page: Page, order: "before" | "after"): Promise<void> {
  const input = await RawInput.of(page);
  await input.compose("にほん");
  if (order === "after") await input.commit("日本");
  input.press(COMPOSITION_ENTER);
  await input.handled();
  if (order === "before") await input.commit("日本");
}

describe.each(["before", "after"] as const)("an Enter of an input method %s the end of its word", (order) => {
  test("does not send the message", async () => {
    const { alice, texts } = await writer();
    await alice.field.focus();
    await enterWord(alice.page, order);
    expect(await alice.field.inputValue()).toBe("日本");
    await alice.field.press("Enter");
    await alice.seesStatus("日本", "Sent");
    expect(texts).toEqual(["text: 日本"]);
  });

  test("does not end an edit", async () => {
    const { alice, texts } = await writer();
    await alice.field.press("ArrowUp");
    await enterWord(alice.page, order);
    expect(await alice.field.inputValue()).toBe("hello日本");
    await alice.field.press("Enter");
    await eventually("the edit", () => texts.length > 0);
    expect(texts).toEqual(["edit: hello日本"]);
  });

  test("does not end a name, nor create a group", async () => {
    const { alice } = await writer();
    await alice.page.getByRole("button", { name: "New conversation" }).click();
    const dialog = alice.page.getByRole("dialog");
    const names = dialog.locator("input[name=users]");
    await names.focus();
    await enterWord(alice.page, order);
    expect(await dialog.locator(".chip").count()).toBe(0);
    expect(await names.inputValue()).toBe("日本");
    await names.press("Enter");
    await dialog.locator(".chip").filter({ hasText: "日本" }).waitFor();

    const title = dialog.locator("input[name=title]");
    await title.focus();
    await enterWord(alice.page, order);
    expect(await title.inputValue()).toBe("日本");
    await title.press("Enter");
    await alice.page.getByRole("heading", { level: 1, name: "日本" }).waitFor();
    expect(await alice.row("日本").count()).toBe(1);
  });

  test("does not rename a group", async () => {
    const { alice, peer } = await writer();
    await alice.createsGroup("Team", peer);
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    const dialog = alice.page.getByRole("dialog");
    const title = dialog.locator("input[name=title]");
    await title.focus();
    await title.press("End");
    await enterWord(alice.page, order);
    expect(await title.inputValue()).toBe("Team日本");
    await title.press("Enter");
    await alice.log.getByText("renamed the group to", { exact: false }).waitFor();
    expect(await alice.log.getByText("renamed the group to", { exact: false }).allTextContents()).toEqual([
      expect.stringContaining("Team日本"),
    ]);
  });

  test("does not sign in", async () => {
    const { alice } = await writer();
    const page = await alice.page.context().newPage();
    await page.goto(app.cloud.url);
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    const name = page.getByLabel("Who are you?");
    await name.focus();
    await enterWord(page, order);
    expect(await name.inputValue()).toBe("日本");
    await name.press("Enter");
    await page.getByRole("heading", { name: "You are 日本." }).waitFor();
  });
});

describe("a text", () => {
  test.each([
    "    indented code\n    second line",
    "\tdef f():\n\t\treturn 1\n",
    "\n\nafter two empty lines",
    "  \u3000trailing and wide\u3000\u00a0  ",
  ])("is sent as it was typed: %j", async (text) => {
    const { alice, texts } = await writer();
    await alice.field.fill(text);
    await alice.field.press("Enter");
    await alice.seesStatus(text.trim(), "Sent");
    expect(texts).toEqual([`text: ${text}`]);
    expect((await alice.texts()).at(-1)).toBe(text);
  });

  test("of nothing but white space is not sent", async () => {
    const { alice, texts } = await writer();
    const send = alice.page.getByRole("button", { name: "Send" });
    for (const text of [" ", "\n \n", "\t\u3000\u00a0"]) {
      await alice.field.fill(text);
      await alice.field.press("Enter");
      expect(await send.isDisabled()).toBe(true);
      expect(await alice.field.inputValue()).toBe(text);
    }
    await alice.says("the end");
    await alice.seesStatus("the end", "Sent");
    expect(texts).toEqual(["text: the end"]);
  });

  test("that is edited, and left as it was, is not sent again", async () => {
    const { alice, texts } = await writer();
    await alice.says("  lead and trail  ");
    await alice.seesStatus("lead and trail", "Sent");
    await alice.field.press("ArrowUp");
    expect(await alice.field.inputValue()).toBe("  lead and trail  ");
    await alice.field.press("Enter");
    expect(await alice.field.inputValue()).toBe("");
    await alice.field.press("ArrowUp");
    await alice.field.press("Home");
    await alice.field.press("Delete");
    await alice.field.press("Enter");
    await eventually("the edit", () => texts.length > 1);
    expect(texts).toEqual(["text:   lead and trail  ", "edit:  lead and trail  "]);
  });
});
