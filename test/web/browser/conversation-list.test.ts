import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../protocol/limits.ts";
import { eventually } from "../../support/eventually.ts";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";
import { WireUser } from "./support/wire-user.ts";

const app = openWebApp();

const titles = ({ conversationList }: Person) =>
  conversationList.locator(".row-title .name").allTextContents();
const focused = ({ page }: Person) =>
  page.evaluate(
    () => document.activeElement?.querySelector(".name")?.textContent ?? document.activeElement?.tagName,
  );

/**
 * Signs in somebody who has written to `count` people, the last of them first in the list. Those at `talkers` in the
 * list have written before, and so may be seen online.
 */
async function withConversations(
  count: number,
  talkers: readonly number[] = [],
): Promise<{ alice: Person; peers: string[] }> {
  const peers = Array.from({ length: count }, () => app.uniqueName("peer"));
  const name = app.uniqueName("alice");
  for (const index of talkers) {
    const talker = await WireUser.connect(app, peers.at(-1 - index) ?? "");
    await talker.writes(name, "hello");
    await talker.close();
  }
  const wire = await WireUser.connect(app, name);
  for (const peer of peers) await wire.writes(peer, `hello ${peer}`);
  await wire.close();
  const alice = await app.person("alice", { name });
  await alice.row(peers.at(-1) ?? "").waitFor();
  return { alice, peers: peers.toReversed() };
}

describe("the list of conversations", () => {
  test("is one tab stop, in which arrow keys, Home and End move", async () => {
    const { alice, peers } = await withConversations(4);
    const { keyboard } = alice.page;
    await alice.page.getByRole("button", { name: "New conversation" }).focus();
    await keyboard.press("Tab");
    expect(await focused(alice)).toBe(peers[0]);
    for (const [key, expected] of [
      ["ArrowDown", peers[1]],
      ["End", peers[3]],
      ["ArrowDown", peers[3]],
      ["ArrowUp", peers[2]],
      ["Home", peers[0]],
      ["ArrowUp", peers[0]],
      ["ArrowDown", peers[1]],
    ] as const) {
      await keyboard.press(key);
      expect(await focused(alice), key).toBe(expected);
    }
    // Leaves the list, and comes back to the row that was left.
    await keyboard.press("Shift+Tab");
    expect(await focused(alice)).toBe("BUTTON");
    await keyboard.press("Tab");
    await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await alice.page.getByRole("heading", { level: 1, name: peers[1] ?? "" }).waitFor();
    expect(await alice.conversationList.locator("a[tabindex='0']").count()).toBe(1);
  });

  test("keeps the focus on a conversation that moves to the top", async () => {
    const { alice, peers } = await withConversations(3);
    const last = peers[2] ?? "";
    await alice.row(last).getByRole("link").focus();
    const wire = await WireUser.connect(app, last);
    await wire.writes(alice.name, "here I am");
    await eventually("the row to be on top", async () => (await titles(alice))[0] === last);
    expect(await focused(alice)).toBe(last);
    await alice.page.keyboard.press("ArrowDown");
    expect(await focused(alice)).toBe(peers[0]);
    await wire.close();
  });

  test("shows a message that waits on top, with a clock, in a new conversation too", async () => {
    const { alice, peers } = await withConversations(3);
    const [newest, , oldest = ""] = peers;
    const stranger = app.uniqueName("stranger");
    await alice.opens(oldest);
    await Promise.all(app.cloud.gateways.map((gateway) => gateway.stop()));
    try {
      await alice.says("are you there?");
      await alice.row(oldest).getByText("You: are you there?").waitFor();
      await alice.row(oldest).getByRole("img", { name: "Waiting to be sent" }).waitFor();
      expect((await titles(alice))[0]).toBe(oldest);
      await alice.startsChatWith(stranger);
      await alice.says("nice to meet you");
      await alice.row(stranger).getByRole("img", { name: "Waiting to be sent" }).waitFor();
      expect((await titles(alice)).slice(0, 3)).toEqual([stranger, oldest, newest]);
      await alice.page.reload();
      await alice.row(stranger).getByText("You: nice to meet you").waitFor();
    } finally {
      await Promise.all(app.cloud.gateways.map((gateway) => gateway.start()));
    }
    await alice.row(stranger).getByRole("img").waitFor({ state: "detached" });
    await alice.row(oldest).getByRole("img").waitFor({ state: "detached" });
    await alice.row(oldest).getByText("You: are you there?").waitFor();
    expect(await titles(alice)).toHaveLength(4);
  });

  test("tells a message that was refused from one that waits", async () => {
    const { alice, bob } = await app.pair("Hi");
    await alice.page.getByRole("button", { name: "About this conversation" }).click();
    await alice.page.getByRole("button", { name: `Block ${bob.name}` }).click();
    await alice.page.getByRole("button", { name: `Unblock ${bob.name}` }).waitFor();
    await bob.says("Buy my things");
    await bob.row(alice.name).getByRole("img", { name: "Not sent" }).waitFor();
    await bob.page.getByRole("button", { name: "Discard" }).click();
    await bob.row(alice.name).getByRole("img", { name: "Not sent" }).waitFor({ state: "detached" });
  });

  test("counts up to 99 in the tab, as in the badge", async () => {
    const alice = await app.person("alice");
    const bob = await WireUser.connect(app, app.uniqueName("bob"));
    await bob.writes(alice.name, ...Array.from({ length: 120 }, (_, index) => `number ${index}`));
    await alice.row(bob.name).getByText("99+").waitFor();
    await eventually("the tab's title", async () => (await alice.page.title()).startsWith("(99+) "));
    await bob.close();
  });

  test("leads somebody new to their first conversation, without a banner", async () => {
    const bob = app.uniqueName("bob");
    const seen: string[] = [];
    const alice = await app.person("alice", {
      prepare: (page) => page.exposeFunction("bannerSaid", (text: string) => seen.push(text)),
    });
    await alice.page.evaluate(() => {
      const banner = document.querySelector(".banner");
      const say = (globalThis as unknown as { bannerSaid(text: string | null): void }).bannerSaid;
      if (banner !== null)
        new MutationObserver(() => say(banner.textContent)).observe(banner, {
          childList: true,
          subtree: true,
        });
    });
    await alice.page.getByText("Write to somebody").waitFor();
    expect(await alice.page.getByText("Choose a conversation").count()).toBe(0);
    await alice.page.getByRole("main").getByRole("button", { name: "Start a conversation" }).click();
    await alice.page.getByLabel("Chat with").fill(bob);
    await alice.page.getByLabel("Chat with").press("Enter");
    await alice.page.getByRole("dialog").getByRole("button", { name: "Start chatting" }).click();
    await alice.says("Hello");
    await alice.seesStatus("Hello", "Sent");
    await alice.page.goto(app.cloud.url);
    await alice.page.getByText("Choose a conversation").waitFor();
    expect(await alice.page.getByRole("button", { name: "Start a conversation" }).count()).toBe(0);
    expect(seen).toEqual([]);
  });

  test("shows who is online in the open conversation and in the rows in sight, however many there are", async () => {
    const count = LIMITS.presenceUsers + 15;
    const { alice, peers } = await withConversations(count, [0, count - 1]);
    const [first = "", oldest = ""] = [peers[0], peers.at(-1)];
    const [first1, oldest1] = [
      await app.person("x", { name: first }),
      await app.person("x", { name: oldest }),
    ];
    await alice.row(first).getByText("online").waitFor();
    const oldestRow = alice.conversationList.getByRole("listitem").last();
    await oldestRow.scrollIntoViewIfNeeded();
    await oldestRow.getByText("online").waitFor();
    await alice.page.reload();
    await alice.row(first).getByText("online").waitFor();
    await oldestRow.getByRole("link").click();
    await alice.page.getByRole("main").getByText("online", { exact: true }).waitFor();
    expect([first1.name, oldest1.name]).toEqual([first, oldest]);
  });
});
