import { describe, expect, test } from "vitest";
import { checkPage } from "../../../ops/doctor/web-page.ts";
import { deployment } from "../support/deployment.ts";
import { serveJson } from "../support/serve-json.ts";

describe("the web page", () => {
  const WebSocketUrl = "wss://chat.example.com";
  const look = async (documents: Readonly<Record<string, object>>) =>
    checkPage(deployment({ WebSocketUrl, WebUrl: `${await serveJson(documents)}/` }));

  test("that leads to this chat is in order", async () => {
    const config = { signIn: "oidc", webSocketUrl: WebSocketUrl };
    expect(await look({ "/": {}, "/config.json": config })).toMatchObject([{ state: "ok" }]);
  });

  test("that leads to another chat is not", async () => {
    const config = { signIn: "oidc", webSocketUrl: "wss://other.example.com" };
    const [finding] = await look({ "/": {}, "/config.json": config });
    expect(finding).toMatchObject({
      state: "wrong",
      detail: expect.stringContaining("wss://other.example.com"),
    });
  });

  test("that is not there is not, nor is one without its configuration", async () => {
    const missing: Readonly<Record<string, object>>[] = [{}, { "/": {} }];
    for (const documents of missing) {
      const [finding, ...more] = await look(documents);
      expect(finding).toMatchObject({ state: "wrong", detail: expect.stringContaining("answered 404") });
      expect(more).toEqual([]);
    }
  });

  test("is not looked for where the stack has none", async () => {
    expect(await checkPage(deployment({ WebSocketUrl }))).toEqual([]);
  });
});
