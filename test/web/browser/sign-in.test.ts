import { describe, expect, test } from "vitest";
import { openWindow } from "./support/window.ts";

const window = openWindow();

describe("signing in and out", () => {
  test("signing out works in a browser that lets pages keep nothing", async () => {
    const alice = await window.person("alice", {
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

  test("a name that cannot be a user's is explained, and signing out asks for another", async () => {
    const alice = await window.person("alice");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByLabel("Who are you?").fill("a\u0007".repeat(80));
    await alice.page.getByRole("button", { name: "Start chatting" }).click();
    await alice.page.getByRole("alert").filter({ hasText: /./ }).waitFor();
    await alice.page.getByLabel("Who are you?").fill(window.nameOf("anna"));
    await alice.page.getByRole("button", { name: "Start chatting" }).click();
    await alice.conversationList.waitFor();
    expect(await alice.row(alice.name).count()).toBe(0);
  });

  test("says so when there is no such conversation, and begins at the list for who signs in next", async () => {
    const alice = await window.person("alice");
    const bob = window.nameOf("bob");
    await alice.startsChatWith(bob);
    await alice.says("hi");
    await alice.seesStatus("hi", "Sent");
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
});
