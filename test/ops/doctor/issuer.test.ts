import { describe, expect, test } from "vitest";
import { checkIssuer } from "../../../ops/doctor/issuer.ts";
import { deployment } from "../support/deployment.ts";
import { serveJson } from "../support/serve-json.ts";

const DISCOVERY = "/.well-known/openid-configuration";

describe("the issuer check", () => {
  const CASES: [string, Readonly<Record<string, object>>, string | undefined][] = [
    [
      "passes if the issuer has keys",
      { [DISCOVERY]: { issuer: "ISSUER", jwks_uri: "ISSUER/keys" }, "/keys": { keys: [{}] } },
      undefined,
    ],
    [
      "fails if the issuer has no keys",
      { [DISCOVERY]: { issuer: "ISSUER", jwks_uri: "ISSUER/keys" }, "/keys": { keys: [] } },
      "no keys",
    ],
    [
      "fails if the issuer names itself differently",
      { [DISCOVERY]: { issuer: "ISSUER/", jwks_uri: "ISSUER/keys" } },
      "it names itself",
    ],
    ["fails without a discovery document", {}, "answered 404"],
  ];

  test.for(CASES)("%s", async ([, documents, problem]) => {
    const Issuer = await serveJson(documents);
    const finding = await checkIssuer(deployment({ Issuer }));
    expect(finding.state).toBe(problem === undefined ? "ok" : "wrong");
    if (problem !== undefined) expect(finding.detail).toContain(problem);
  });

  test("fails if nothing answers", async () => {
    const finding = await checkIssuer(deployment({ Issuer: "http://127.0.0.1:1" }));
    expect(finding).toMatchObject({ state: "wrong", detail: expect.stringContaining("does not answer") });
  });
});
