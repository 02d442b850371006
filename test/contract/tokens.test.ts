import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import * as v from "valibot";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type OidcOptions, OidcTokens } from "../../functions/adapters/oidc/tokens.ts";
import { UserId } from "../../protocol/index.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const NOW_SECONDS = NOW_MS / 1000;
const AUDIENCE = "chat";

let server: Server;
let issuer: string;
let published: JWK[] = [];
let available = true;
let requests: string[] = [];
let rsa: CryptoKey;
let ec: CryptoKey;
let rsaPublic: JWK;

beforeAll(async () => {
  const [rsaPair, ecPair] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("ES256")]);
  rsa = rsaPair.privateKey;
  ec = ecPair.privateKey;
  rsaPublic = { ...(await exportJWK(rsaPair.publicKey)), kid: "rsa", alg: "RS256" };
  published = [rsaPublic, { ...(await exportJWK(ecPair.publicKey)), kid: "ec", alg: "ES256" }];
  server = createServer((request, response) => {
    requests.push(request.url ?? "");
    if (!available) return response.writeHead(503).end();
    const body = request.url?.endsWith("/jwks")
      ? { keys: published }
      : { issuer, jwks_uri: `${issuer}/jwks` };
    return response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  available = true;
  requests = [];
});

const verifier = (over: Partial<OidcOptions> = {}) =>
  new OidcTokens({ issuer, audience: AUDIENCE, userClaim: "sub", now: () => NOW_MS, ...over });

interface Wanted {
  readonly claims?: JWTPayload;
  readonly header?: { alg: string; kid?: string };
  readonly key?: CryptoKey | Uint8Array;
}

function token({
  claims = {},
  header = { alg: "ES256", kid: "ec" },
  key = ec,
}: Wanted = {}): Promise<string> {
  const payload = { iss: issuer, aud: AUDIENCE, sub: "alice", exp: NOW_SECONDS + 60, ...claims };
  return new SignJWT(payload).setProtectedHeader(header).sign(key);
}

test("a valid token identifies its user until it expires", async () => {
  const identity = { user: "alice", expiresAtMs: NOW_MS + 60_000 };
  const claims = { iat: NOW_SECONDS - 5 };
  expect(await verifier().verify(await token({ claims }))).toEqual({
    ...identity,
    issuedAtMs: NOW_MS - 5_000,
  });
  // A token without an issue time is older than any revocation.
  expect(await verifier().verify(await token())).toEqual({ ...identity, issuedAtMs: 0 });
  const byRsa = await token({ header: { alg: "RS256", kid: "rsa" }, key: rsa });
  expect(await verifier().verify(byRsa)).toMatchObject({ user: "alice" });
});

test("a token may have one audience in `aud`, or several", async () => {
  const several = await token({ claims: { aud: ["other", AUDIENCE] } });
  expect(await verifier().verify(several)).toMatchObject({ user: "alice" });
});

describe("with a Cognito user pool", () => {
  /** Claims as Cognito spells them; `undefined` removes a claim that `token` adds. */
  const access = {
    aud: undefined,
    sub: "0d1c5f60-8f1f-4a52-9f9d-2f0a4c8f1b11",
    client_id: AUDIENCE,
    token_use: "access",
    username: "alice",
  } as unknown as JWTPayload;
  const id = {
    aud: AUDIENCE,
    sub: "0d1c5f60-8f1f-4a52-9f9d-2f0a4c8f1b11",
    token_use: "id",
    "cognito:username": "alice",
  };
  const pool = () => verifier({ userClaim: "username" });

  test("an access token identifies the user by name, and its client id is the audience", async () => {
    expect(await pool().verify(await token({ claims: access }))).toMatchObject({ user: "alice" });
  });

  test("an access token of another client is refused", async () => {
    const other = await token({ claims: { ...access, client_id: "other" } });
    expect(await pool().verify(other)).toEqual({ refused: "wrong audience" });
  });

  test("an ID token is refused, no matter which claim is the user id", async () => {
    expect(await pool().verify(await token({ claims: id }))).toHaveProperty("refused");
    expect(await verifier().verify(await token({ claims: id }))).toEqual({ refused: "an ID token" });
  });

  test.for([undefined, "id"])(
    "a token without an audience and with token_use %s is refused",
    async (token_use) => {
      const claims = { ...access, token_use } as JWTPayload;
      expect(await pool().verify(await token({ claims }))).toHaveProperty("refused");
    },
  );

  test("every username Cognito allows is a user id", () => {
    // CreateUser's constraint: 1 to 128 of these, as Java counts characters.
    const usernames = fc.stringMatching(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u, { maxLength: 128 });
    fc.assert(fc.property(usernames, (username) => v.is(UserId, username)));
  });
});

test("the user id can come from another claim", async () => {
  const tokens = verifier({ userClaim: "username" });
  expect(await tokens.verify(await token({ claims: { username: "al" } }))).toMatchObject({ user: "al" });
  expect(await tokens.verify(await token())).toHaveProperty("refused");
});

test("a small clock difference is tolerated", async () => {
  expect(await verifier().verify(await token({ claims: { exp: NOW_SECONDS - 20 } }))).toMatchObject({
    user: "alice",
  });
});

describe("a token is refused", () => {
  const refused: [string, () => Promise<string>][] = [
    ["that has expired", () => token({ claims: { exp: NOW_SECONDS - 31 } })],
    ["that never expires", () => token({ claims: { exp: undefined } as unknown as JWTPayload })],
    ["that is not valid yet", () => token({ claims: { nbf: NOW_SECONDS + 60 } })],
    ["of another issuer", () => token({ claims: { iss: "https://evil.example.com" } })],
    ["for another audience", () => token({ claims: { aud: "other" } })],
    [
      "for another audience, even from our client",
      () => token({ claims: { aud: "other", client_id: AUDIENCE } }),
    ],
    ["without a user", () => token({ claims: { sub: undefined } as unknown as JWTPayload })],
    ["whose user could not be a key", () => token({ claims: { sub: "a\u0000b" } })],
    [
      "signed by a key the issuer does not have",
      async () => token({ key: (await generateKeyPair("ES256")).privateKey }),
    ],
    ["that names a key the issuer does not have", () => token({ header: { alg: "ES256", kid: "unknown" } })],
    [
      "with `alg: none`",
      async () =>
        new UnsecuredJWT({ iss: issuer, aud: AUDIENCE, sub: "alice", exp: NOW_SECONDS + 60 }).encode(),
    ],
    [
      "with a MAC keyed by the public key",
      () =>
        token({
          header: { alg: "HS256", kid: "rsa" },
          key: new TextEncoder().encode(JSON.stringify(rsaPublic)),
        }),
    ],
    ["that is not one", async () => "not.a.token"],
    ["that is empty", async () => ""],
  ];
  test.each(refused)("%s", async (_, make) => {
    expect(await verifier().verify(await make())).toHaveProperty("refused");
  });
});

test("keys are fetched once, not per token", async () => {
  const tokens = verifier();
  await Promise.all([tokens.verify(await token()), tokens.verify(await token())]);
  await tokens.verify(await token());
  expect(requests.sort()).toEqual(["/.well-known/openid-configuration", "/jwks"]);
});

test("an unreachable issuer refuses no token, and is asked again", async () => {
  const tokens = verifier();
  available = false;
  await expect(tokens.verify(await token())).rejects.toThrow();
  available = true;
  expect(await tokens.verify(await token())).toMatchObject({ user: "alice" });
});
