import { describe, expect, test } from "vitest";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

describe("a group", () => {
  test("of three: everybody sees all messages in the same order, and a message is read when all have read it", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    const carol = await app.person("carol");
    await alice.createsGroup("Team", bob.name, carol.name);
    // Until they have written, she who added them sees nothing of them.
    await carol.opens("Team");
    await carol.says("Hello you two");
    await carol.page.goto(`${app.cloud.url}#/`);
    await bob.opens("Team");
    await bob.says("Hello Alice");
    await alice.sees("Hello Alice");
    await alice.says("Hello all");
    await bob.sees("Hello all");
    await alice.seesStatus("Hello all", "Delivered");
    await carol.opens("Team");
    await alice.seesStatus("Hello all", "Read");
    for (const person of [alice, bob, carol]) {
      await person.sees("Hello all");
      expect(await person.texts()).toEqual(["Hello you two", "Hello Alice", "Hello all"]);
    }
    await bob.message("Hello you two").getByText(carol.name).waitFor();
    await bob.page.getByText("3 members", { exact: true }).waitFor();
  });

  test("its owner renames it, adds and removes members and makes one an admin; a removed member gets and sends nothing more", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    const carol = await app.person("carol");
    await alice.createsGroup("Team", bob.name);
    await bob.opens("Team");

    const { page } = alice;
    await page.getByRole("button", { name: "About this conversation" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Title" }).fill("Crew");
    await dialog.getByRole("button", { name: "Rename" }).click();
    await bob.log.getByText(`${alice.name} renamed the group to “Crew”`).waitFor();
    await bob.page.getByRole("heading", { level: 1, name: "Crew" }).waitFor();

    await dialog.getByLabel("Add people").fill(carol.name);
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await bob.log.getByText(`${alice.name} added ${carol.name}`).waitFor();
    await carol.opens("Crew");

    const members = dialog.getByRole("region", { name: "Members" });
    await members.getByText(carol.name).waitFor();
    await members.getByRole("button", { name: `Change ${carol.name}` }).click();
    await page.getByRole("menuitem", { name: "Make admin" }).click();
    await carol.log.getByText(`${alice.name} made you an admin`).waitFor();
    await members.getByText("admin", { exact: true }).waitFor();

    await members.getByRole("button", { name: `Change ${bob.name}` }).click();
    await page.getByRole("menuitem", { name: "Remove from the group" }).click();
    await bob.page.getByText("You are not in this group any more.").waitFor();
    await page.keyboard.press("Escape");
    await alice.says("Bob is gone");
    await carol.sees("Bob is gone");
    expect(await bob.texts()).toEqual([]);
    expect(await bob.field.count()).toBe(0);
  });

  test("a member who leaves is out, and the only owner is told why they cannot leave", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.createsGroup("Team", bob.name);
    await bob.opens("Team");
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    await alice.page.getByRole("button", { name: "Leave the group" }).click();
    await alice.confirms("Leave");
    await alice.page.getByText("You are the only owner: make someone else an owner first.").waitFor();
    expect(await alice.log.getByText("You left").count()).toBe(0);
    await bob.page.getByRole("button", { name: "About this conversation" }).click();
    await bob.page.getByRole("button", { name: "Leave the group" }).click();
    await bob.confirms("Leave");
    await bob.page.getByText("You are not in this group any more.").waitFor();
    expect(await bob.page.getByRole("dialog").count()).toBe(0);
    await alice.page.keyboard.press("Escape");
    await alice.log.getByText(`${bob.name} left`).waitFor();
  });

  test("does not count in the title when it is muted", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.createsGroup("Noise", bob.name);
    await bob.opens("Noise");
    await bob.page.getByRole("button", { name: "About this conversation" }).click();
    await bob.page.getByRole("checkbox", { name: /Mute/ }).check();
    await bob.page.keyboard.press("Escape");
    await bob.row("Noise").getByRole("img", { name: "Muted" }).waitFor();
    await bob.page.goto(`${app.cloud.url}#/`);
    await alice.says("psst");
    await bob.row("Noise").getByText("1 unread").waitFor();
    expect(await bob.page.title()).toBe(`${bob.name} · Parley`);
  });
});
