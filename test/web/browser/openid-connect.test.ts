import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startCloud } from "../../../local/cloud.ts";
import type { Cloud } from "../../../local/cloud-options.ts";
import { eventually } from "../../support/eventually.ts";
import { freePort } from "../../support/free-port.ts";
import { launchBrowser } from "./support/browser.ts";
import { AUDIENCE, CLIENT_ID, type OpenIdProvider, startOpenIdProvider } from "./support/openid-provider.ts";
import { Person } from "./support/person.ts";

/** Long enough to be used, short enough to be renewed at once: the page renews two minutes before expiry. */
const ACCESS_TOKEN_SECONDS = 100;

let provider: OpenIdProvider;
let cloud: Cloud;
let browser: Browser;
let pages: Page[] = [];

beforeAll(async () => {
  provider = await startOpenIdProvider({ accessTokenSeconds: ACCESS_TOKEN_SECONDS });
  const { issuer } = provider;
  // The page's configuration has the WebSocket URL, so the port has to be known before the gateway starts.
  const port = await freePort();
  cloud = await startCloud({
    port,
    gateways: 1,
    onLog: () => {},
    tokens: { issuer, audience: AUDIENCE, userClaim: "sub" },
    web: {
      signIn: "oidc",
      webSocketUrl: `ws://127.0.0.1:${port + 1}`,
      issuer,
      clientId: CLIENT_ID,
      scope: "openid",
      userClaim: "sub",
    },
  });
  provider.serve(`${cloud.url}/`);
  browser = await launchBrowser();
});

afterEach(async () => {
  await Promise.all(pages.map((page) => page.context().close()));
  pages = [];
});

afterAll(async () => {
  await browser?.close();
  await cloud?.stop();
  await provider?.stop();
});

async function open(hash = "", blocked: readonly string[] = []): Promise<Page> {
  const context = await browser.newContext();
  await context.addInitScript((areas) => {
    for (const area of areas)
      Object.defineProperty(globalThis, area, {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
  }, blocked);
  const page = await context.newPage();
  page.setDefaultTimeout(25_000);
  pages.push(page);
  await page.goto(`${cloud.url}/${hash}`);
  return page;
}

/** Signs in at the provider and comes back to the page. */
async function signIn(name: string, hash?: string, blocked?: readonly string[]): Promise<Person> {
  const page = await open(hash, blocked);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByPlaceholder("Enter any login").fill(name);
  await page.getByPlaceholder("and password").fill("secret");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("navigation", { name: "Conversations" }).waitFor();
  return new Person(name, page);
}

describe("a page for the users of an OpenID provider", () => {
  test("signs them in by code and PKCE, returns to the open conversation, and lets them chat as the user of the token", async () => {
    const alice = await signIn("alice", "#/u/bob");
    await alice.page.getByRole("heading", { level: 1, name: "bob" }).waitFor();
    expect(new URL(alice.page.url()).search).toBe("");
    const bob = await signIn("bob");
    await alice.says("Hello");
    await bob.opens("alice");
    await bob.says("Hello Alice");
    await alice.sees("Hello Alice");
    await alice.seesStatus("Hello", "Read");
    // The inspector is for developers.
    expect(await alice.page.getByText("What happens").count()).toBe(0);
  });

  test("keeps the session over a reload, renews the token in time, and forgets both after signing out", async () => {
    const alice = await signIn("anna");
    const tokens: string[] = [];
    const revoked = alice.page.waitForRequest(`${provider.issuer}/token/revocation`);
    alice.page.on("request", (request) => {
      if (request.url() === `${provider.issuer}/token`) tokens.push(request.postData() ?? "");
    });
    await alice.page.reload();
    await alice.conversationList.waitFor();
    await eventually("a new token, because the old one expires soon", () =>
      tokens.some((request) => request.includes("grant_type=refresh_token")),
    );
    const stored = () => alice.page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    expect(await stored()).toContain("access_token");
    expect(await alice.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("token");

    await alice.page.getByRole("button", { name: "Account of anna" }).click();
    await alice.page.getByRole("menuitem", { name: "Sign out" }).click();
    await alice.page.getByRole("button", { name: "Yes, sign me out" }).click();
    await alice.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    expect(await stored()).not.toContain("access_token");
    expect((await revoked).postData()).toContain("token_type_hint=refresh_token");
    await alice.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await alice.page.getByPlaceholder("Enter any login").waitFor();
  });

  test("signs them in where the browser denies sessionStorage, and keeps no token in localStorage", async () => {
    const alice = await signIn("amy", "#/u/bob", ["sessionStorage"]);
    await alice.says("Hello");
    await alice.seesStatus("Hello", "Sent");
    expect(await alice.page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain("token");
  });

  test("says that signing in needs site data where the browser denies all", async () => {
    const page = await open("", ["sessionStorage", "localStorage"]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "needs site data" }).waitFor();
  });

  test("asks again when the session has expired, and accepts a refusal", async () => {
    const alice = await signIn("ann");
    await alice.page.evaluate(expireToken);
    await alice.page.context().clearCookies();
    await alice.page.reload();
    await alice.page.getByRole("link", { name: "[ Cancel ]" }).click();
    await alice.page
      .getByRole("alert")
      .filter({ hasText: /aborted|denied/i })
      .waitFor();
    await alice.page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  });

  test("says why the provider did not sign a user in, and offers to try again", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "[ Cancel ]" }).click();
    await page
      .getByRole("alert")
      .filter({ hasText: /aborted|denied/i })
      .waitFor();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
  });
});

/** Runs in the page: expires the token, as hours later with an issuer that gives no refresh tokens. */
function expireToken(): void {
  for (const [key, value] of Object.entries(sessionStorage)) {
    const user = JSON.parse(value);
    if (user.access_token === undefined) continue;
    sessionStorage.setItem(key, JSON.stringify({ ...user, refresh_token: undefined, expires_at: 1 }));
  }
}
