import { describe, expect, test } from "vitest";
import { createClient } from "../../../client/src/index.ts";
import { eventually } from "../../support/eventually.ts";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

interface Script {
  readonly drafter: Person;
  readonly peer: string;
}

/** Runs work with a client of a user, and without their page. */
async function as(user: string, work: (client: ReturnType<typeof createClient>) => unknown): Promise<void> {
  const grant = async () => {
    const response = await fetch(`${app.cloud.url}/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user }),
    });
    return (await response.json()) as { token: string; url: string };
  };
  const { url } = await grant();
  const client = createClient({ user, url, token: async () => (await grant()).token });
  try {
    client.connect();
    await eventually("the connection", () => client.state === "online");
    await work(client);
  } finally {
    client.close();
  }
}

const BEGINNINGS: Record<string, (script: Script) => Promise<void>> = {
  "their first message": async ({ drafter, peer }) =>
    as(peer, (client) => client.send({ user: drafter.name }, "Hi!").seq),
  "a message from another device of the user": async ({ drafter, peer }) =>
    as(drafter.name, (client) => client.send({ user: peer }, "Hi!").seq),
  "a block by the other one": async ({ drafter, peer }) =>
    as(peer, async (client) => {
      await client.send({ user: drafter.name }, "Hi!").seq;
      await client.block(drafter.name);
    }),
  "a block and its end on another device of the user": async ({ drafter, peer }) =>
    as(drafter.name, async (client) => {
      await client.block(peer);
      await client.unblock(peer);
      await client.send({ user: peer }, "Hi!").seq;
    }),
};

describe("a draft for somebody new", () => {
  test.each(Object.keys(BEGINNINGS))("stays when the conversation begins with %s", async (way) => {
    const drafter = await app.person("alice");
    const peer = app.uniqueName("bob");
    const other = app.uniqueName("carol");
    await drafter.startsChatWith(other);
    await drafter.says("hello");
    await drafter.startsChatWith(peer);
    await drafter.field.pressSequentially("half a thought");
    for (let step = 0; step < 7; step += 1) await drafter.field.press("ArrowLeft");
    await BEGINNINGS[way]?.({ drafter, peer });
    await drafter.sees("Hi!");
    await drafter.page.waitForURL(/#\/c\//);
    // The cursor stays, too.
    await drafter.field.pressSequentially("good ");
    const draft = "half a good thought";
    expect(await drafter.field.inputValue()).toBe(draft);

    await drafter.opens(other);
    expect(await drafter.field.inputValue()).toBe("");
    await drafter.row(peer).getByText(`Draft: ${draft}`).waitFor();
    await drafter.page.reload();
    await drafter.row(peer).getByText(`Draft: ${draft}`).waitFor();
    await drafter.opens(peer);
    expect(await drafter.field.inputValue()).toBe(draft);
  });

  test("stays when the conversation began while the page was closed", async () => {
    const drafter = await app.person("alice");
    const peer = app.uniqueName("bob");
    await drafter.startsChatWith(peer);
    await drafter.field.fill("half a thought");
    await drafter.page.goto("about:blank");
    await BEGINNINGS["their first message"]?.({ drafter, peer });
    await drafter.page.goto(`${app.cloud.url}/`);
    await drafter.row(peer).getByText("Draft: half a thought").waitFor();
    await drafter.opens(peer);
    expect(await drafter.field.inputValue()).toBe("half a thought");
    await drafter.says("half a thought, and the other half");
    await drafter.page.reload();
    expect(await drafter.field.inputValue()).toBe("");
  });

  test("stays when it is written while the first message is under way", async () => {
    const drafter = await app.person("alice");
    const peer = app.uniqueName("bob");
    await drafter.startsChatWith(peer);
    await drafter.page.context().setOffline(true);
    await drafter.says("first");
    await drafter.field.fill("second, half");
    await drafter.page.context().setOffline(false);
    await drafter.seesStatus("first", "Sent");
    await drafter.page.waitForURL(/#\/c\//);
    expect(await drafter.field.inputValue()).toBe("second, half");
    await drafter.page.reload();
    await drafter.sees("first");
    expect(await drafter.field.inputValue()).toBe("second, half");
  });

  test("is in the list when the conversation begins behind another one", async () => {
    const drafter = await app.person("alice");
    const peer = app.uniqueName("bob");
    await drafter.startsChatWith(peer);
    await drafter.field.fill("to somebody new");
    await drafter.startsChatWith(app.uniqueName("carol"));
    await BEGINNINGS["their first message"]?.({ drafter, peer });
    await drafter.row(peer).getByText("Draft: to somebody new").waitFor();
    await drafter.opens(peer);
    expect(await drafter.field.inputValue()).toBe("to somebody new");
  });
});

test("a change of a message stays with its conversation when another one is opened and the page is reloaded", async () => {
  const alice = await app.person("alice");
  const [bob, carol] = [app.uniqueName("bob"), app.uniqueName("carol")];
  for (const peer of [carol, bob]) {
    await alice.startsChatWith(peer);
    await alice.says(`hello ${peer}`);
    await alice.seesStatus(`hello ${peer}`, "Sent");
  }
  await alice.field.press("ArrowUp");
  await alice.field.pressSequentially(", again");
  await alice.opens(carol);
  expect(await alice.field.inputValue()).toBe("");
  expect(await alice.page.getByText("Editing your message").count()).toBe(0);
  await alice.opens(bob);
  await alice.page.getByText("Editing your message").waitFor();
  expect(await alice.field.inputValue()).toBe(`hello ${bob}, again`);
  await alice.page.reload();
  await alice.page.getByText("Editing your message").waitFor();
  expect(await alice.field.inputValue()).toBe(`hello ${bob}, again`);
  await alice.field.press("Enter");
  await alice.message(`hello ${bob}, again`).getByText("edited").waitFor();
  expect(await alice.page.getByText("Editing your message").count()).toBe(0);
});
