import { describe, expect, test } from "vitest";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

describe("signing in and out", () => {
  test("signing out works in a browser without storage for pages", async () => {
    const alice = await app.person("alice", {
      prepare: (page) =>
        page.addInitScript(() => {
          IDBFactory.prototype.open = () => {
            throw new Error("no room");
          };
        }),
    });
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").waitFor();
    await alice.page.reload();
    await alice.page.getByLabel("Who are you?").waitFor();
  });

  test("a name that is no valid user id shows an error, and another name can sign in after signing out", async () => {
    const alice = await app.person("alice");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").fill("a\u0007".repeat(80));
    await alice.page.getByRole("button", { name: "Start chatting" }).click();
    await alice.page.getByRole("alert").filter({ hasText: /./ }).waitFor();
    await alice.page.getByLabel("Who are you?").fill(app.uniqueName("anna"));
    await alice.page.getByRole("button", { name: "Start chatting" }).click();
    await alice.conversationList.waitFor();
    expect(await alice.row(alice.name).count()).toBe(0);
  });

  test("no string becomes HTML or a script in the page, and no other page holds its window", async () => {
    const { page } = await app.person("alice");
    const thrown = await page.evaluate(() => {
      const attempts: Record<string, () => unknown> = {
        innerHTML: () => {
          document.createElement("div").innerHTML = "<b>hi</b>";
        },
        insertAdjacentHTML: () => document.body.insertAdjacentHTML("beforeend", "<b>hi</b>"),
        srcdoc: () => {
          document.createElement("iframe").srcdoc = "<b>hi</b>";
        },
        "script.text": () => {
          document.createElement("script").text = "1";
        },
        "script.src": () => {
          document.createElement("script").src = "/x.js";
        },
        policy: () =>
          (
            globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }
          ).trustedTypes.createPolicy("any", { createHTML: (text: string) => text }),
      };
      return Object.entries(attempts).map(([name, attempt]) => {
        try {
          attempt();
          return `${name} is allowed`;
        } catch {
          return name;
        }
      });
    });
    expect(thrown).toEqual([
      "innerHTML",
      "insertAdjacentHTML",
      "srcdoc",
      "script.text",
      "script.src",
      "policy",
    ]);
    // The opener has another origin: localhost is not 127.0.0.1.
    const opener = await page.context().newPage();
    await opener.goto(app.cloud.url.replace("127.0.0.1", "localhost"));
    const opened = opener.context().waitForEvent("page");
    await opener.evaluate((url) => {
      (globalThis as { opened?: unknown }).opened = window.open(url);
    }, app.cloud.url);
    const popup = await opened;
    await popup.waitForLoadState();
    expect(await popup.evaluate(() => window.opener)).toBeNull();
    expect(await opener.evaluate(() => (globalThis as { opened?: Window }).opened?.closed)).toBe(true);
  });

  test("a name that looks like that of somebody the user knows is marked, in the list and above the messages", async () => {
    const alice = await app.person("alice");
    const friend = app.uniqueName("carol");
    await alice.startsChatWith(friend);
    await alice.says("hi");
    await alice.seesStatus("hi", "Sent");
    expect(await alice.page.locator(".look-alike").count()).toBe(0);
    const impostor = friend.replace("l", "I");
    await alice.startsChatWith(impostor);
    const mark = alice.page.getByRole("img", { name: `Not the same user as “${friend}”` });
    await alice.page.getByRole("heading", { level: 1 }).filter({ has: mark }).waitFor();
    await alice.says("who are you?");
    await alice.row(impostor).filter({ has: mark }).waitFor();
  });

  test("the next user starts at the list, and an address of an unknown conversation says that there is none", async () => {
    const alice = await app.person("alice");
    const bob = app.uniqueName("bob");
    await alice.startsChatWith(bob);
    await alice.says("hi");
    await alice.seesStatus("hi", "Sent");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").fill(app.uniqueName("zoe"));
    await alice.page.getByRole("button", { name: "Start chatting" }).click();
    await alice.page.getByText("Write to somebody").waitFor();
    await alice.page.goto(`${app.cloud.url}#/c/dnonexistent`);
    await alice.page.getByText("There is no such conversation, or you are not in it.").waitFor();
    expect(await alice.field.count()).toBe(0);
    await alice.page.getByRole("link", { name: "Back to the list" }).click();
    await alice.page.getByText("Write to somebody").waitFor();
  });
});
