import { execFileSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { preview } from "vite";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { createClient } from "../../../client/src/index.ts";
import { startEmbedded } from "../../e2e/support/embedded.ts";
import { launchBrowser, screenshotFile } from "../../web/browser/support/browser.ts";
import { installExample, typeErrors } from "../support/installed.ts";

const PHONE = { width: 390, height: 700 };

let app: string;
const vite = (...args: string[]) =>
  execFileSync(process.execPath, [join(app, "node_modules/vite/bin/vite.js"), ...args], {
    cwd: app,
    encoding: "utf8",
    stdio: "pipe",
  });

beforeAll(async () => {
  app = await installExample("react");
});

test("the example type-checks and builds with the published library", () => {
  expect(typeErrors(app)).toBe("");
  expect(vite("build")).toMatch(/dist\/assets\/index-.*\.js/);
});

/** Opens the built example on Alice's phone. */
async function aliceOnAPhone() {
  const { cloud, target } = await startEmbedded();
  const server = await preview({ root: app, preview: { port: 0, host: "127.0.0.1" }, logLevel: "silent" });
  const browser = await launchBrowser();
  onTestFinished(async () => {
    await browser.close();
    await server.close();
    await cloud.stop();
  });
  const page = await browser.newPage({ viewport: PHONE });
  await page.route("http://127.0.0.1:4510/token", async (route) =>
    route.fulfill({ response: await route.fetch({ url: `${cloud.url}/token` }) }),
  );
  await page.goto(`http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}`);
  await page.getByLabel("Your name").fill("alice");
  await page.getByRole("button", { name: "Sign in" }).click();
  const [url = ""] = target.urls;
  const bob = createClient({ user: "bob", url, token: () => target.mintToken("bob") });
  onTestFinished(() => bob.close());
  bob.connect();
  return { page, bob: bob.conversation({ user: "alice" }) };
}

/** Returns the elements that are wider than the phone, or beyond its edges. */
const outOfSight = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < 0 || right > innerWidth;
      })
      .map(({ tagName, textContent }) => `${tagName} ${textContent}`),
  );

test("on a phone nothing exceeds the screen, whatever is written", async () => {
  vite("build");
  const { page, bob } = await aliceOnAPhone();
  await page.getByLabel("Write to").fill("bob");
  await page.getByLabel("Write to").press("Enter");
  await page.getByRole("textbox", { name: "Message" }).fill("hello Bob");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByLabel("Messages").getByText("hello Bob").waitFor();
  await bob.send("first\n  second").seq;
  await bob.send(`https://example.com/${"x".repeat(200)}`).seq;
  await page.getByLabel("Messages").getByText("https://").waitFor();
  await page.screenshot({ path: screenshotFile("react-on-a-phone") });
  expect(await outOfSight(page)).toEqual([]);
  const heightOf = async (text: string) =>
    Number((await page.getByLabel("Messages").getByText(text).boundingBox())?.height);
  expect(await heightOf("first")).toBe(2 * (await heightOf("hello Bob")));
});
