import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { OidcTokens } from "../../functions/adapters/oidc-tokens.ts";

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

const verifier = (over: Partial<ConstructorParameters<typeof OidcTokens>[0]> = {}) =>
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

test("a good token is the user it names, until it expires", async () => {
  const identity = { user: "alice", expiresAtMs: NOW_MS + 60_000 };
  const claims = { iat: NOW_SECONDS - 5 };
  expect(await verifier().verify(await token({ claims }))).toEqual({
    ...identity,
    issuedAtMs: NOW_MS - 5_000,
  });
  // One that does not say when it was issued is older than any revocation.
  expect(await verifier().verify(await token())).toEqual({ ...identity, issuedAtMs: 0 });
  const byRsa = await token({ header: { alg: "RS256", kid: "rsa" }, key: rsa });
  expect(await verifier().verify(byRsa)).toMatchObject({ user: "alice" });
});

test("a token may name its audience as `aud`, one of several, or as `client_id`", async () => {
  const several = await token({ claims: { aud: ["other", AUDIENCE] } });
  const clientId = await token({ claims: { aud: undefined, client_id: AUDIENCE } as JWTPayload });
  expect(await verifier().verify(several)).toMatchObject({ user: "alice" });
  expect(await verifier().verify(clientId)).toMatchObject({ user: "alice" });
});

test("the user id can come from another claim", async () => {
  const tokens = verifier({ userClaim: "username" });
  expect(await tokens.verify(await token({ claims: { username: "al" } }))).toMatchObject({ user: "al" });
  expect(await tokens.verify(await token())).toHaveProperty("refused");
});

test("a clock that is a little off is tolerated", async () => {
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
      "for another audience, though by our client",
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

test("an issuer that cannot be reached says nothing about the token, and is asked again", async () => {
  const tokens = verifier();
  available = false;
  await expect(tokens.verify(await token())).rejects.toThrow();
  available = true;
  expect(await tokens.verify(await token())).toMatchObject({ user: "alice" });
});
