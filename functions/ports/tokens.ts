export interface Identity {
  readonly user: string;
  /** When the token, and with it the connection, expires. */
  readonly expiresAtMs: number;
  /** When the token was issued, usually in whole seconds; 0 if it does not say. */
  readonly issuedAtMs: number;
}

/** Reason for a token that was valid once; clients should renew before that. */
export const EXPIRED = "ERR_JWT_EXPIRED";

/** Verifies tokens of one OIDC issuer. */
export interface Tokens {
  /**
   * Returns the identity a token proves, or the reason it proves none (a fixed phrase, safe to log). Throws only if
   * the issuer's keys are unavailable, which says nothing about the token.
   */
  verify(token: string): Promise<Identity | { readonly refused: string }>;
}
