import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyResult, jwtVerify } from "jose";
import * as v from "valibot";
import { PersonId } from "../../../protocol/index.ts";
import { EXPIRED, type Identity, type Tokens } from "../../ports/tokens.ts";
import { foreignPurpose } from "./token-purpose.ts";

export interface OidcOptions {
  /** The issuer's URL: the `iss` of its tokens, and the base of its discovery document. */
  readonly issuer: string;
  /** Must be in the token's `aud`. Cognito's access tokens have no `aud`; for them it must be the `client_id`. */
  readonly audience: string;
  /** The claim that holds the user id. */
  readonly userClaim: string;
  readonly now: () => number;
}

/** Asymmetric algorithms only: `none` proves nothing, and with HS* anyone who can verify can also forge. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/**
 * Limit for an issuer's clock that is ahead, for `nbf` and `iat`. There is none for `exp`: a connection ends with its
 * token, so an expired one would open a connection whose every frame is refused.
 */
const CLOCK_TOLERANCE_SECONDS = 30;
const FETCH_TIMEOUT_MS = 3_000;

const Discovery = v.object({ jwks_uri: v.pipe(v.string(), v.url()) });

export class OidcTokens implements Tokens {
  readonly #options: OidcOptions;
  #keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;

  constructor(options: OidcOptions) {
    this.#options = options;
  }

  async verify(token: string): Promise<Identity | { refused: string }> {
    const keys = await this.#keySet();
    let verified: JWTVerifyResult;
    try {
      verified = await jwtVerify(token, keys, {
        issuer: this.#options.issuer,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#options.now()),
        requiredClaims: ["exp", this.#options.userClaim],
      });
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === undefined) throw error;
      return { refused };
    }
    return this.#identityOf(verified);
  }

  #identityOf({ protectedHeader, payload }: JWTVerifyResult): Identity | { refused: string } {
    const { audience, userClaim, now } = this.#options;
    const foreign = foreignPurpose(protectedHeader, payload);
    if (foreign !== undefined) return { refused: `not an access token: ${foreign}` };
    if (!audiencesOf(payload).includes(audience)) return { refused: "wrong audience" };
    const user = v.safeParse(PersonId, payload[userClaim]);
    if (!user.success) return { refused: `claim ${userClaim} is no user id` };
    const expiresAtMs = millisecondsOf(payload.exp);
    // jose does not check `iat` unless it limits the age of tokens. One from the future would survive a sign-out.
    const issuedAtMs = millisecondsOf(payload.iat ?? 0);
    if (expiresAtMs === undefined) return { refused: "claim exp is no time" };
    if (issuedAtMs === undefined) return { refused: "claim iat is no time" };
    if (expiresAtMs <= now()) return { refused: EXPIRED };
    if (issuedAtMs > now() + CLOCK_TOLERANCE_SECONDS * 1000) return { refused: "claim iat is in the future" };
    return { user: user.output, expiresAtMs, issuedAtMs };
  }

  /** Discovers the keys once per environment of the function; a failure is not cached. */
  #keySet() {
    this.#keys ??= discoverKeys(this.#options.issuer).catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }
}

/** Converts a NumericDate, which may have a fraction, or returns undefined if it is none. */
function millisecondsOf(seconds: unknown): number | undefined {
  const ms = typeof seconds === "number" ? Math.floor(seconds * 1000) : Number.NaN;
  return Number.isSafeInteger(ms) ? ms : undefined;
}

function audiencesOf({ aud, token_use, client_id }: JWTPayload): readonly unknown[] {
  if (aud !== undefined) return [aud].flat();
  return token_use === "access" ? [client_id] : [];
}

async function discoverKeys(issuer: string) {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok)
    throw new Error(`fetching the issuer's discovery document failed with status ${response.status}`);
  const { jwks_uri } = v.parse(Discovery, await response.json());
  // jose caches the keys, and fetches them again (at most every 30 s) if a token names an unknown one.
  return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: FETCH_TIMEOUT_MS });
}

/** jose's error codes about the issuer's keys, not about the token. */
const KEY_ERRORS = new Set(["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"]);

/** Returns jose's error code if the token is at fault, or undefined if it is not. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof errors.JOSEError) || KEY_ERRORS.has(error.code)) return undefined;
  return error instanceof errors.JWTClaimValidationFailed ? `${error.code} ${error.claim}` : error.code;
}
