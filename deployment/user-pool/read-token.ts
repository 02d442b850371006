import { decodeJwt, errors } from "jose";

/** Reads a token without verifying it, which is the server's job. Both values are undefined if it is not a JWT. */
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
