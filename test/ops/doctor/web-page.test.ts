import { describe, expect, test } from "vitest";
import { checkPage } from "../../../ops/doctor/web-page.ts";
import { deployment } from "../support/deployment.ts";
import { serveJson } from "../support/serve-json.ts";

describe("the web page check", () => {
  const WebSocketUrl = "wss://chat.example.com";
  const look = async (documents: Readonly<Record<string, object>>) =>
    checkPage(deployment({ WebSocketUrl, WebUrl: `${await serveJson(documents)}/` }));

  test("passes if the page connects to this chat", async () => {
    const config = { signIn: "oidc", webSocketUrl: WebSocketUrl };
    expect(await look({ "/": {}, "/config.json": config })).toMatchObject([{ state: "ok" }]);
  });

  test("fails if the page connects to another chat", async () => {
    const config = { signIn: "oidc", webSocketUrl: "wss://other.example.com" };
    const [finding] = await look({ "/": {}, "/config.json": config });
    expect(finding).toMatchObject({
      state: "wrong",
      detail: expect.stringContaining("wss://other.example.com"),
    });
  });

  test("fails if the page or its configuration is missing", async () => {
    const missing: Readonly<Record<string, object>>[] = [{}, { "/": {} }];
    for (const documents of missing) {
      const [finding, ...more] = await look(documents);
      expect(finding).toMatchObject({ state: "wrong", detail: expect.stringContaining("answered 404") });
      expect(more).toEqual([]);
    }
  });

  test("is left out if the stack has no page", async () => {
    expect(await checkPage(deployment({ WebSocketUrl }))).toEqual([]);
  });
});
