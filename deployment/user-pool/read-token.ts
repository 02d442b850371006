import { decodeJwt, errors } from "jose";

/** What a token says; whether it is true is the server's business. Both undefined for what is no JWT. */
export function readToken(
  token: string,
  userClaim: string,
): { readonly user: string | undefined; readonly expiresAtMs: number | undefined } {
  try {
    const { exp, ...claims } = decodeJwt(token);
    const user = claims[userClaim];
    return {
      user: typeof user === "string" ? user : undefined,
      expiresAtMs: exp === undefined ? undefined : exp * 1000,
    };
  } catch (error) {
    if (!(error instanceof errors.JWTInvalid)) throw error;
    return { user: undefined, expiresAtMs: undefined };
  }
}
