import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { type AuthorizeDeps, authorizeHandler } from "../../../functions/handlers/authorize.ts";
import { requestOf } from "../../../functions/handlers/websocket-event.ts";
import { MemoryMetrics, silent } from "../../support/memory-ports.ts";

const APP = "https://app.example.com";

function handshake(headers: Readonly<Record<string, string>>): APIGatewayRequestAuthorizerEvent {
  return {
    methodArn: "arn",
    headers: { "Sec-WebSocket-Protocol": "parley.v1, token", ...headers },
    requestContext: { connectionId: "c1" },
  } as unknown as APIGatewayRequestAuthorizerEvent;
}

/** Returns the authorizer's effect for a valid token, and the reasons it logged for refusing. */
async function authorizeOrigin(
  allowedOrigins: AuthorizeDeps["allowedOrigins"],
  headers: Record<string, string>,
) {
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

describe("with a list of allowed origins", () => {
  const listed = new Set([APP, "http://localhost:5173"]);
  const refused = ["Deny", "an origin that is not allowed"];

  test("a page of an allowed origin connects, whatever the header's case", async () => {
    expect(await authorizeOrigin(listed, { Origin: APP })).toEqual(["Allow"]);
    expect(await authorizeOrigin(listed, { origin: "http://localhost:5173" })).toEqual(["Allow"]);
  });

  test.for([
    "https://evil.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.net",
    "HTTPS://APP.EXAMPLE.COM",
    "null",
    "",
  ])("a page of %o is refused, and the log says why", async (origin) => {
    expect(await authorizeOrigin(listed, { Origin: origin })).toEqual(refused);
  });

  test("a client that is not a browser sends no origin, and connects", async () => {
    expect(await authorizeOrigin(listed, {})).toEqual(["Allow"]);
  });
});

test("without a list, every page connects", async () => {
  expect(await authorizeOrigin("any", { Origin: "https://evil.example.com" })).toEqual(["Allow"]);
});

describe("refused connections are counted by reason:", () => {
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

test.for(["alice", "Zoë 🦆 Öztürk", "auth0|5f7c", "100%", "a%20b", "日本"])(
  "the user %o comes out of the authorizer's context as they went in, and the context is ASCII",
  async (user) => {
    const authorize = authorizeHandler({
      tokens: { verify: async () => ({ user, expiresAtMs: 2_000, issuedAtMs: 1_000 }) },
      allowedOrigins: "any",
      logger: silent,
      metrics: new MemoryMetrics(),
    });
    const { principalId, context } = await authorize(handshake({}));
    expect(JSON.stringify({ principalId, context })).toMatch(/^[ -~]*$/);
    const requestContext = { connectionId: "c", connectedAt: 1, requestTimeEpoch: 1, authorizer: context };
    expect(requestOf({ requestContext }).user).toBe(user);
  },
);
