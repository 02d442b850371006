import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

const stopGateways = () => Promise.all(app.cloud.gateways.map((gateway) => gateway.stop()));
const startGateways = () => Promise.all(app.cloud.gateways.map((gateway) => gateway.start()));

describe("a network that fails", () => {
  test("messages written offline wait, are counted, and arrive once and in order when the server is back", async () => {
    const { alice, bob } = await app.pair("before", "yes?");

    await stopGateways();
    await alice.page
      .getByText("Offline, trying again…")
      .or(alice.page.getByText("Connecting…"))
      .first()
      .waitFor();
    await alice.says("one", "two", "three");
    await alice.seesStatus("three", "Waiting to be sent");
    await alice.page.getByText("3 messages wait to be sent").waitFor();

    await startGateways();
    await alice.page.getByText("Back in sync").waitFor();
    await bob.sees("three");
    await alice.seesStatus("three", "Read");
    expect(await bob.texts()).toEqual(["before", "yes?", "one", "two", "three"]);
    expect(await alice.texts()).toEqual(["before", "yes?", "one", "two", "three"]);
    await alice.page.getByText("Back in sync").waitFor({ state: "detached" });
  });

  test("waiting messages survive a reload, and the next page sends them", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("before");
    await alice.seesStatus("before", "Sent");

    await stopGateways();
    await alice.says("written offline", "and reloaded");
    await alice.seesStatus("and reloaded", "Waiting to be sent");
    await alice.page.reload();
    await alice.seesStatus("written offline", "Waiting to be sent");
    await alice.seesStatus("and reloaded", "Waiting to be sent");
    await alice.page.getByText("2 messages wait to be sent").waitFor();
    await startGateways();

    await bob.opens(alice.name);
    await bob.sees("and reloaded");
    await alice.opens(bob.name);
    await alice.seesStatus("and reloaded", "Sent");
    expect(await alice.texts()).toEqual(["before", "written offline", "and reloaded"]);
    expect(await bob.texts()).toEqual(await alice.texts());
  });

  test("signing out asks before it discards waiting messages, and a group can be created offline", async () => {
    const { alice, bob } = await app.pair("before");
    await stopGateways();
    await alice.says("not sent yet");
    await alice.page.getByRole("button", { name: `Account of ${alice.name}` }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByText("One message has not been sent and would be lost.").waitFor();
    await alice.confirms("Cancel");

    await alice.page.getByRole("button", { name: "New conversation" }).click();
    await alice.page.getByLabel("Chat with").fill(`${bob.name},`);
    await alice.page.getByLabel("Title of the group").fill("Created offline");
    await alice.page.getByRole("button", { name: "Create group" }).click();
    await alice.page.getByText("The group will be created as soon as there is a connection.").waitFor();
    await startGateways();
    await bob.row("Created offline").waitFor();
    await bob.sees("not sent yet");
  });

  test("a network that has gone is noticed at once, and nobody is shown as online", async () => {
    const network = { isCut: false };
    const alice = await app.person("alice", { prepare: (page) => routeThrough(page, network) });
    const bob = await app.person("bob");
    await alice.talksWith(bob, "before", "yes?");
    const online = alice.page.getByRole("main").getByText("online", { exact: true });
    await online.waitFor();

    network.isCut = true;
    await alice.page.context().setOffline(true);
    await alice.page.getByText("Your device is offline.").waitFor({ timeout: 2_000 });
    await online.waitFor({ state: "detached" });
    await alice.says("from the tunnel");
    await alice.page.getByText("1 message waits to be sent").waitFor();
    await alice.row(bob.name).getByRole("img", { name: "Waiting to be sent" }).waitFor();

    network.isCut = false;
    await alice.page.context().setOffline(false);
    await alice.page.getByText("Back in sync").waitFor();
    await alice.seesStatus("from the tunnel", "Read");
    await online.waitFor();
  });

  test("a browser that is wrong about the network is not believed", async () => {
    let pongs = 0;
    const alice = await app.person("alice", {
      prepare: async (page) => {
        page.on("websocket", (socket) =>
          socket.on("framereceived", ({ payload }) => {
            if (String(payload).includes('"pong"')) pongs += 1;
          }),
        );
        await page.clock.install();
      },
    });
    await alice.page.getByText("Write to somebody").waitFor();
    await alice.page.evaluate(watchBanner);
    await alice.page.evaluate(() => dispatchEvent(new Event("offline")));
    await eventually("the answer to a ping", () => pongs === 1);
    await alice.page.clock.fastForward("00:10");
    expect(await alice.page.evaluate(bannersSeen)).toEqual([]);
  });

  test("a user who does not want to wait for the next attempt makes it", async () => {
    let attempts = 0;
    const alice = await app.person("alice", {
      prepare: async (page) => {
        page.on("request", (request) => {
          if (request.url().endsWith("/token")) attempts += 1;
        });
        await page.clock.install();
      },
    });
    await alice.page.getByText("Write to somebody").waitFor();
    await stopGateways();
    const tryNow = alice.page.getByRole("button", { name: "Try now" });
    await tryNow.waitFor();
    // Without timers there are no attempts but those that the user makes.
    await alice.page.clock.pauseAt((await alice.page.evaluate(() => Date.now())) + 1_000);
    await eventually("the attempt under way to fail", () => tryNow.isEnabled());
    await startGateways();
    const before = attempts;
    await tryNow.click();
    await eventually("an attempt", () => attempts === before + 1);
    await alice.page.clock.resume();
    await alice.page.getByText("Back in sync").waitFor();
  });

  test("a dropped socket loses nothing", async () => {
    const { alice, bob } = await app.pair("first");
    await bob.page.getByRole("button", { name: "What happens" }).click();
    for (const text of ["second", "third", "fourth"]) {
      await bob.page.getByRole("button", { name: "Drop my socket" }).click();
      await alice.says(text);
    }
    await bob.sees("fourth");
    expect(await bob.texts()).toEqual(["first", "second", "third", "fourth"]);
  });

  test("after two hours the connection is replaced without a visible interruption", async () => {
    const sockets = { opened: 0, closed: 0 };
    const alice = await app.person("alice", {
      prepare: async (page) => {
        page.on("websocket", (socket) => {
          sockets.opened += 1;
          socket.on("close", () => {
            sockets.closed += 1;
          });
        });
        await page.clock.install();
      },
    });
    const bob = await app.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("before");
    await alice.seesStatus("before", "Sent");
    expect(sockets).toEqual({ opened: 1, closed: 0 });

    await alice.page.evaluate(watchBanner);
    await alice.page.clock.fastForward("01:59:30");
    await eventually("the old connection to be closed", () => sockets.closed === 1, { timeoutMs: 15_000 });
    expect(sockets).toEqual({ opened: 2, closed: 1 });

    await bob.opens(alice.name);
    await bob.says("still there?");
    await alice.sees("still there?");
    await alice.says("of course");
    await bob.sees("of course");
    expect(await alice.page.evaluate(bannersSeen)).toEqual([]);
  });

  test("two tabs of one user do not conflict: both show every message, once", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("from the first tab");
    const second = await alice.page.context().newPage();
    await second.goto(`${app.cloud.url}?user=${alice.name}`);
    await second.getByRole("navigation").getByRole("link", { name: bob.name }).click();
    await second.getByPlaceholder("Write a message").fill("from the second tab");
    await second.getByPlaceholder("Write a message").press("Enter");
    await alice.sees("from the second tab");
    await second.close();
    await alice.says("and from the first again");
    await bob.opens(alice.name);
    await bob.sees("and from the first again");
    expect(await bob.texts()).toEqual([
      "from the first tab",
      "from the second tab",
      "and from the first again",
    ]);
  });
});

/** Lets the page's WebSockets pass through a network that can be cut: then nothing arrives, and nothing ends either. */
async function routeThrough(page: Page, network: { readonly isCut: boolean }): Promise<void> {
  await page.routeWebSocket(/.*/, (socket) => {
    if (network.isCut) {
      void socket.close();
      return;
    }
    const server = socket.connectToServer();
    const wasCut = () => network.isCut;
    socket.onMessage((frame) => {
      if (!wasCut()) server.send(frame);
    });
    server.onMessage((frame) => {
      if (!wasCut()) socket.send(frame);
    });
  });
}

/** Runs in the page: records every text of the banner. */
function watchBanner(): void {
  const seen: string[] = [];
  Object.assign(globalThis, { seen });
  const banner = document.querySelector(".banner");
  if (banner === null) throw new Error("the page has no banner");
  new MutationObserver(() => banner.textContent !== "" && seen.push(banner.textContent ?? "")).observe(
    banner,
    {
      childList: true,
      characterData: true,
      subtree: true,
    },
  );
}

function bannersSeen(): string[] {
  return (globalThis as unknown as { seen: string[] }).seen;
}
