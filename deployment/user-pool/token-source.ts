import { refresh, type Tokens } from "./app-client.ts";
import type { UserPool } from "./user-pool.ts";

/** Minimum remaining lifetime of a token to open a connection with. */
const MIN_REMAINING_MS = 2 * 60_000;

/** Provides access tokens for one sign-in as long as Cognito refreshes them. */
export class TokenSource {
  readonly #pool: UserPool;
  #tokens: Tokens;
  /** True while the last token has not opened a connection. A handshake does not say why it failed, so the token is refreshed. */
  #unconfirmed = false;

  constructor(pool: UserPool, tokens: Tokens) {
    this.#pool = pool;
    this.#tokens = tokens;
  }

  /** Returns a token to open a connection with. Throws `SignInError`; `refused` means that the user has to sign in again. */
  async token(): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const expiresSoon = this.#tokens.expiresAtMs - Date.now() < MIN_REMAINING_MS;
    if (this.#unconfirmed || expiresSoon) this.#tokens = await refresh(this.#pool, this.#tokens);
    this.#unconfirmed = true;
    return { token: this.#tokens.accessToken, expiresAtMs: this.#tokens.expiresAtMs };
  }

  /** Records that the last token opened a connection. */
  markAccepted(): void {
    this.#unconfirmed = false;
  }
}
