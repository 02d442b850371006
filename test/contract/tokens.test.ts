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

/** Invisible letters, marks and symbols: Hangul fillers, variation selectors, a blank Braille pattern, … */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u;

const verifier = (over: Partial<OidcOptions> = {}) =>
  new OidcTokens({ issuer, audience: AUDIENCE, userClaim: "sub", now: () => NOW_MS, ...over });

interface Wanted {
  readonly claims?: JWTPayload;
  readonly header?: { alg: string; kid?: string; typ?: string };
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
    expect(await verifier().verify(await token({ claims: id }))).toEqual({
      refused: "not an access token: token_use",
    });
  });

  test.for([undefined, "id"])(
    "a token without an audience and with token_use %s is refused",
    async (token_use) => {
      const claims = { ...access, token_use } as JWTPayload;
      expect(await pool().verify(await token({ claims }))).toHaveProperty("refused");
    },
  );

  test("every username Cognito allows is a user id, if it is in NFC and visible", () => {
    // CreateUser's constraint: 1 to 128 of these, as Java counts characters.
    const usernames = fc.stringMatching(/^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u, { maxLength: 128 });
    const plain = usernames.filter((name) => name === name.normalize() && !UNSEEN.test(name));
    fc.assert(fc.property(plain, (username) => v.is(UserId, username)));
  });
});

test("the user id can come from another claim", async () => {
  const tokens = verifier({ userClaim: "username" });
  expect(await tokens.verify(await token({ claims: { username: "al" } }))).toMatchObject({ user: "al" });
  expect(await tokens.verify(await token())).toHaveProperty("refused");
});

describe("an issuer whose clock is ahead", () => {
  const verify = async (claims: JWTPayload) => verifier().verify(await token({ claims }));

  test("by less than 30 seconds issues tokens that are valid at once", async () => {
    expect(await verify({ nbf: NOW_SECONDS + 29, iat: NOW_SECONDS + 29 })).toMatchObject({ user: "alice" });
  });

  test.for(["nbf", "iat"])("by more than that does not, by %s", async (claim) => {
    expect(await verify({ [claim]: NOW_SECONDS + 31 })).toHaveProperty("refused");
  });
});

test("a token is valid until the very time at which it expires", async () => {
  const refused = { refused: "ERR_JWT_EXPIRED" };
  const claims = { exp: NOW_SECONDS };
  expect(await verifier().verify(await token({ claims }))).toEqual(refused);
  expect(await verifier({ now: () => NOW_MS - 1 }).verify(await token({ claims }))).toMatchObject({
    user: "alice",
    expiresAtMs: NOW_MS,
  });
  // NumericDate may have a fraction.
  const fraction = await token({ claims: { exp: NOW_SECONDS + 0.5 } });
  expect(await verifier().verify(fraction)).toMatchObject({ expiresAtMs: NOW_MS + 500 });
  expect(await verifier({ now: () => NOW_MS + 500 }).verify(fraction)).toEqual(refused);
});

describe("an access token is recognised by what it says of itself, or says nothing", () => {
  test.for([undefined, "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])(
    "with the header `typ` %s",
    async (typ) => {
      const header = { alg: "ES256", kid: "ec", ...(typ !== undefined && { typ }) };
      expect(await verifier().verify(await token({ header }))).toMatchObject({ user: "alice" });
    },
  );

  test.for<JWTPayload>([
    { typ: "Bearer", azp: "page", sid: "1", auth_time: NOW_SECONDS, acr: "1", scope: "openid" },
    { token_use: "access" },
    { token_type: "access" },
    { token_type: "Bearer" },
    { scp: "chat", ver: "2.0", amr: ["pwd"], oid: "x", nonce: undefined },
  ])("with the claims %j", async (claims) => {
    expect(await verifier().verify(await token({ claims }))).toMatchObject({ user: "alice" });
  });
});

describe("a token for another purpose is refused, whatever its audience:", () => {
  const LOGOUT = { "http://schemas.openid.net/event/backchannel-logout": {} };
  const PURPOSES: readonly (readonly [string, JWTPayload, string?])[] = [
    ["an ID token with a nonce", { nonce: "n" }],
    ["an ID token with an empty nonce", { nonce: "" }],
    ["an ID token with the hash of an access token", { at_hash: "h" }],
    ["an ID token with the hash of a code", { c_hash: "h" }],
    ["an ID token with the hash of a state", { s_hash: "h" }],
    ["an ID token with the hash of a refresh token", { "urn:openid:params:jwt:claim:rt_hash": "h" }],
    ["a self-issued ID token", { sub_jwk: {} }],
    ["Keycloak's ID token", { typ: "ID" }],
    ["Keycloak's refresh token", { typ: "Refresh" }],
    ["Keycloak's offline token", { typ: "Offline" }],
    ["Keycloak's logout token", { typ: "Logout" }],
    ["Keycloak's registration token", { typ: "RegistrationAccessToken" }],
    ["a token whose type is no text", { typ: 1 }],
    ["Cognito's ID token", { token_use: "id" }],
    ["an ID token in capitals", { token_use: "ID" }],
    ["a refresh token by use", { token_use: "refresh" }],
    ["a token whose use is no text", { token_use: ["access"] }],
    ["a refresh token by type", { token_type: "refresh" }],
    ["a logout token without the header", { events: LOGOUT }],
    ["a security event without the header", { events: {}, toe: NOW_SECONDS }],
    ["a security event by its time", { toe: NOW_SECONDS }],
    ["the answer of an introspection", { token_introspection: { active: true } }],
    ["a verifiable credential", { vc: {} }],
    ["a verifiable presentation", { vp: {} }],
    ["an ID token by its header", {}, "id+jwt"],
    ["a logout token by its header", {}, "logout+jwt"],
    ["a logout token", { events: LOGOUT }, "logout+jwt"],
    ["a security event by its header", {}, "secevent+jwt"],
    ["a security event by its full media type", {}, "application/secevent+jwt"],
    ["the answer of an introspection by its header", {}, "token-introspection+jwt"],
    ["a proof of possession", {}, "dpop+jwt"],
    ["a request object", {}, "oauth-authz-req+jwt"],
    ["a transaction token", {}, "txntoken+jwt"],
    ["a token of an unknown type", {}, "x"],
    ["a token of an empty type", {}, ""],
    ["a token with a type from another tree", {}, "text/at+jwt"],
  ];
  const headers = (typ: string | undefined) => (typ === undefined ? [undefined, "JWT", "at+jwt"] : [typ]);

  test.for(PURPOSES.flatMap(([name, claims, typ]) => headers(typ).map((t) => [name, t, claims] as const)))(
    "%s (header `typ`: %s)",
    async ([, typ, claims]) => {
      const header = { alg: "ES256", kid: "ec", ...(typ !== undefined && { typ }) };
      expect(await verifier().verify(await token({ claims, header }))).toEqual({
        refused: expect.stringMatching(/^not an access token: [a-z_: ]+$/),
      });
    },
  );
});

describe("a token is refused", () => {
  const refused: [string, () => Promise<string>][] = [
    ["that has expired", () => token({ claims: { exp: NOW_SECONDS - 1 } })],
    ["that expires at no time", () => token({ claims: { exp: 1e308 } })],
    [
      "whose issue time is no number",
      () => token({ claims: { iat: `${NOW_SECONDS}` } as unknown as JWTPayload }),
    ],
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
    ["whose user is invisible", () => token({ claims: { sub: "\u200b" } })],
    ["whose user reads backwards", () => token({ claims: { sub: "\u202eecila" } })],
    ["whose user is not in NFC", () => token({ claims: { sub: "jose\u0301" } })],
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
