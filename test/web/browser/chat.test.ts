import { describe, expect, test } from "vitest";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

describe("two people in two windows", () => {
  test("chat both ways, in order, and see each other online, typing and reading", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("Hello Bob", "Are you there?");
    // Until he has written, she sees nothing of him.
    await alice.seesStatus("Are you there?", "Sent");

    await bob.row(alice.name).getByText("2 unread").waitFor();
    await bob.opens(alice.name);
    await bob.row(alice.name).getByText("unread").waitFor({ state: "detached" });
    await bob.says("Hello");
    await alice.seesStatus("Hello Bob", "Read");
    await alice.seesStatus("Are you there?", "Read");

    // Typed as fast as people do: the client sends another typing signal only after 3 s.
    await bob.field.pressSequentially("I am right behind you", { delay: 160 });
    await alice.page.getByText(`${bob.name} is typing`).waitFor();
    await bob.field.press("Enter");
    await alice.sees("I am right behind you");
    await alice.page.getByText(`${bob.name} is typing`).waitFor({ state: "detached" });
    await alice.page.getByText("online", { exact: true }).waitFor();

    expect(await alice.texts()).toEqual(["Hello Bob", "Are you there?", "Hello", "I am right behind you"]);
    expect(await bob.texts()).toEqual(await alice.texts());
  });

  test("edit, delete and react, and both see the same", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("Helo", "Not for you");
    await bob.opens(alice.name);

    await alice.chooses("Helo", "Edit");
    await alice.field.fill("Hello");
    await alice.field.press("Enter");
    await bob.message("Hello").getByText("edited").waitFor();

    await alice.chooses("Not for you", "Delete");
    await alice.confirms("Delete");
    await bob.sees("Deleted");
    await bob.message("Not for you").waitFor({ state: "detached" });

    await bob.chooses("Hello", "🎉");
    const reaction = alice.message("Hello").getByRole("button", { name: "🎉 1" });
    await reaction.waitFor();
    expect(await reaction.getAttribute("aria-pressed")).toBe("false");
    await reaction.click();
    await bob.message("Hello").getByRole("button", { name: "🎉 2" }).waitFor();
    await bob.message("Hello").getByRole("button", { name: "🎉 2" }).click();
    await alice.message("Hello").getByRole("button", { name: "🎉 1", pressed: true }).waitFor();
  });

  test("the arrow key edits the user's newest message, and Escape cancels", async () => {
    const alice = await app.person("alice");
    await alice.startsChatWith(app.uniqueName("bob"));
    await alice.says("first", "second");
    await alice.seesStatus("second", "Sent");
    await alice.field.press("ArrowUp");
    expect(await alice.field.inputValue()).toBe("second");
    await alice.field.press("Escape");
    expect(await alice.field.inputValue()).toBe("");
    await alice.says("third");
    expect(await alice.texts()).toEqual(["first", "second", "third"]);
  });

  test("a draft stays with its conversation when another one is opened and the page is reloaded", async () => {
    const alice = await app.person("alice");
    const [bob, carol] = [app.uniqueName("bob"), app.uniqueName("carol")];
    for (const peer of [bob, carol]) {
      await alice.startsChatWith(peer);
      await alice.says(`hello ${peer}`);
    }
    await alice.opens(bob);
    await alice.field.fill("half a sent");
    await alice.opens(carol);
    expect(await alice.field.inputValue()).toBe("");
    await alice.row(bob).getByText("Draft: half a sent").waitFor();
    await alice.page.reload();
    await alice.opens(bob);
    expect(await alice.field.inputValue()).toBe("half a sent");
  });

  test("a blocked user sees that a message was not sent, and can send it when unblocked", async () => {
    const { alice, bob } = await app.pair("Hi");
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    await alice.page.getByRole("button", { name: `Block ${bob.name}` }).click();
    await alice.page.getByRole("button", { name: `Unblock ${bob.name}` }).waitFor();
    await alice.page.keyboard.press("Escape");
    await alice.page.getByText(`You have blocked ${bob.name}.`).waitFor();

    await bob.says("Buy my things");
    await bob.seesStatus("Buy my things", "Not sent");
    await alice.page.getByRole("button", { name: "Unblock" }).click();
    await bob.page.getByRole("button", { name: "Try again" }).click();
    await alice.sees("Buy my things");
    await bob.page.getByText("Not sent.").waitFor({ state: "detached" });
  });
});
