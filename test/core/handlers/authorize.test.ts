import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { type AuthorizeDeps, authorizeHandler } from "../../../functions/handlers/authorize.ts";
import { MemoryMetrics, silent } from "../../support/memory-ports.ts";

const APP = "https://app.example.com";

function handshake(headers: Readonly<Record<string, string>>): APIGatewayRequestAuthorizerEvent {
  return {
    methodArn: "arn",
    headers: { "Sec-WebSocket-Protocol": "parley.v1, token", ...headers },
    requestContext: { connectionId: "c1" },
  } as unknown as APIGatewayRequestAuthorizerEvent;
}

/** The authorizer's answer to a good token, and the reasons it logged for refusing. */
async function knock(allowedOrigins: AuthorizeDeps["allowedOrigins"], headers: Record<string, string>) {
  const reasons: unknown[] = [];
  const authorize = authorizeHandler({
    tokens: { verify: async () => ({ user: "alice", expiresAtMs: 2_000, issuedAtMs: 1_000 }) },
    allowedOrigins,
    logger: { ...silent, info: (_, fields) => reasons.push(fields?.reason) },
    metrics: new MemoryMetrics(),
  });
  const { policyDocument } = await authorize(handshake(headers));
  return [policyDocument.Statement[0]?.Effect, ...reasons];
}

describe("where origins are listed", () => {
  const listed = new Set([APP, "http://localhost:5173"]);
  const refused = ["Deny", "an origin that is not allowed"];

  test("a page of one of them connects, however the header is written", async () => {
    expect(await knock(listed, { Origin: APP })).toEqual(["Allow"]);
    expect(await knock(listed, { origin: "http://localhost:5173" })).toEqual(["Allow"]);
  });

  test.for([
    "https://evil.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.net",
    "HTTPS://APP.EXAMPLE.COM",
    "null",
    "",
  ])("a page of %o does not, and the log says why", async (origin) => {
    expect(await knock(listed, { Origin: origin })).toEqual(refused);
  });

  test("what is no browser says no origin, and connects", async () => {
    expect(await knock(listed, {})).toEqual(["Allow"]);
  });
});

test("where none is listed, every page connects", async () => {
  expect(await knock("any", { Origin: "https://evil.example.com" })).toEqual(["Allow"]);
});

describe("what is refused is counted by its reason:", () => {
  const good = { user: "alice", expiresAtMs: 2_000, issuedAtMs: 1_000 };
  const CASES = [
    ["bad_origin", good, { Origin: "https://evil.example.com" }],
    ["no_token", good, { "Sec-WebSocket-Protocol": "parley.v1" }],
    ["bad_token", { refused: "wrong audience" }, {}],
    ["expired_token", { refused: "ERR_JWT_EXPIRED" }, {}],
  ] as const;

  test.for(CASES)("%s", async ([reason, verified, headers]) => {
    const metrics = new MemoryMetrics();
    const authorize = authorizeHandler({
      tokens: { verify: async () => verified },
      allowedOrigins: new Set([APP]),
      logger: silent,
      metrics,
    });
    await authorize(handshake(headers));
    expect(metrics.counts).toEqual({ [`ConnectRefused ${reason}`]: 1 });
  });
});
