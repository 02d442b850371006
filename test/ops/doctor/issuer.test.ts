import { describe, expect, test } from "vitest";
import { checkIssuer } from "../../../ops/doctor/issuer.ts";
import { deployment } from "../support/deployment.ts";
import { serveJson } from "../support/serve-json.ts";

const DISCOVERY = "/.well-known/openid-configuration";

describe("the issuer", () => {
  const CASES: [string, Readonly<Record<string, object>>, string | undefined][] = [
    [
      "has keys",
      { [DISCOVERY]: { issuer: "ISSUER", jwks_uri: "ISSUER/keys" }, "/keys": { keys: [{}] } },
      undefined,
    ],
    [
      "has no keys",
      { [DISCOVERY]: { issuer: "ISSUER", jwks_uri: "ISSUER/keys" }, "/keys": { keys: [] } },
      "no keys",
    ],
    [
      "calls itself otherwise",
      { [DISCOVERY]: { issuer: "ISSUER/", jwks_uri: "ISSUER/keys" } },
      "it calls itself",
    ],
    ["has no discovery document", {}, "answered 404"],
  ];

  test.for(CASES)("%s", async ([, documents, problem]) => {
    const Issuer = await serveJson(documents);
    const finding = await checkIssuer(deployment({ Issuer }));
    expect(finding.state).toBe(problem === undefined ? "ok" : "wrong");
    if (problem !== undefined) expect(finding.detail).toContain(problem);
  });

  test("is not there at all", async () => {
    const finding = await checkIssuer(deployment({ Issuer: "http://127.0.0.1:1" }));
    expect(finding).toMatchObject({ state: "wrong", detail: expect.stringContaining("does not answer") });
  });
});
