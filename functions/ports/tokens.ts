export interface Identity {
  readonly user: string;
  /** When the token expires, and with it the connection. */
  readonly expiresAtMs: number;
  /** When it was issued, in whole seconds; 0 if it does not say. */
  readonly issuedAtMs: number;
}

/** Verifies tokens of one OIDC issuer. */
export interface Tokens {
  /**
   * The identity a token proves, or why it proves none (a fixed phrase, safe to log). Throws only when the
   * issuer's keys cannot be had: that says nothing about the token.
   */
  verify(token: string): Promise<Identity | { readonly refused: string }>;
}
