import { expect, test } from "vitest";
import { runScript } from "../../support/process.ts";
import { screenshotFile } from "./support/browser.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

/** Erases a user as an operator does. */
async function erase(user: string): Promise<void> {
  const script = runScript("ops/erase.ts", "--local", app.cloud.url, "--user", user, "--yes");
  expect([await script.exitCode, script.output()]).toEqual([0, expect.stringContaining(`Erased ${user}`)]);
}

test("an open page shows a deleted account in the place of somebody who is erased, and sends nothing to it", async () => {
  const { alice, bob } = await app.pair("secret of alice");
  await bob.says("answer of bob");
  await alice.createsGroup("Team of alice", bob.name);
  await alice.says("hello team");
  await bob.row("Team of alice").waitFor();

  await erase(alice.name);
  const { page } = bob;
  await page.getByRole("heading", { level: 1, name: "Deleted account" }).waitFor();
  await bob.log.getByText("Deleted account is gone, with all that they wrote").waitFor();
  expect(await bob.texts()).toEqual(["Deleted", "answer of bob"]);
  await page.getByText("This account is deleted. Nobody would read what you write.").waitFor();
  expect(await bob.field.count()).toBe(0);
  // The group has lost its title and its owner, who have been the same.
  await bob.row("Team of alice").waitFor({ state: "detached" });
  for (const name of [alice.name, "secret of alice", "hello team", "Team of alice"]) {
    expect.soft(await page.getByText(name).count(), name).toBe(0);
  }
  await page.screenshot({ path: screenshotFile("deleted-account") });
  await page.getByRole("button", { name: "About this conversation" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Mute").waitFor();
  expect(await dialog.getByRole("button", { name: /Block/ }).count()).toBe(0);
  await page.keyboard.press("Escape");

  // The same after a reload, from what the server has.
  await page.reload();
  await page.getByText("This account is deleted. Nobody would read what you write.").waitFor();
  await bob.log.getByText("answer of bob").waitFor();
  for (const name of [alice.name, "secret of alice"]) expect(await page.getByText(name).count()).toBe(0);
});

test("somebody else by the same name writes into the same conversation, and can be answered", async () => {
  const { alice, bob } = await app.pair("from the first");
  await erase(alice.name);
  await bob.page.getByRole("heading", { level: 1, name: "Deleted account" }).waitFor();
  // Tokens have whole seconds as issue times, and those of before are refused.
  app.cloud.clock.advance(1_000);
  const another = await app.person("", { name: alice.name });
  await another.startsChatWith(bob.name);
  await another.says("from the second");
  await bob.page.getByRole("heading", { level: 1, name: alice.name }).waitFor();
  await bob.sees("from the second");
  await bob.says("welcome");
  await another.sees("welcome");
  expect(await another.texts()).toEqual(["from the second", "welcome"]);
});
