import type { JWTHeaderParameters, JWTPayload } from "jose";

/** Header `typ` of an access token: of RFC 9068, or the general one, which most issuers use. */
const HEADER_TYPES = new Set(["jwt", "at+jwt"]);

/** Claims in which issuers name the use of a token, with the names of an access token. Keycloak writes `typ`, Cognito `token_use`. */
const USES = new Set(["access", "bearer", "access_token", "at+jwt", "jwt"]);
const USE_CLAIMS = ["typ", "token_use", "token_type"];

/**
 * Claims that only tokens for another purpose have: ID tokens (OpenID Connect Core 3.3.2.11, FAPI, CIBA and
 * self-issued ones), security events and logout tokens (RFC 8417), introspection answers (RFC 9701), credentials.
 */
const FOREIGN_CLAIMS = [
  "nonce",
  "at_hash",
  "c_hash",
  "s_hash",
  "urn:openid:params:jwt:claim:rt_hash",
  "sub_jwk",
  "events",
  "toe",
  "token_introspection",
  "vc",
  "vp",
];

/**
 * Returns the name of the header or claim by which a token is not an access token, or undefined. An issuer signs all
 * its tokens with the same keys, and gives an ID token the same audience if the page and the chat share a client id.
 */
export function foreignPurpose(header: JWTHeaderParameters, payload: JWTPayload): string | undefined {
  if (header.typ !== undefined && !isAccessType(header.typ)) return "header typ";
  const use = USE_CLAIMS.find((claim) => payload[claim] !== undefined && !isAccessUse(payload[claim]));
  return use ?? FOREIGN_CLAIMS.find((claim) => payload[claim] !== undefined);
}

/** RFC 7515 lets a `typ` leave out the prefix `application/`, and compares it without case. */
function isAccessType(typ: unknown): boolean {
  return typeof typ === "string" && HEADER_TYPES.has(typ.toLowerCase().replace(/^application\//, ""));
}

function isAccessUse(use: unknown): boolean {
  return typeof use === "string" && USES.has(use.toLowerCase());
}
