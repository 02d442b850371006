import { refresh, type Tokens } from "./app-client.ts";
import type { UserPool } from "./user-pool.ts";

/** A token that ends sooner is not worth opening a connection with. */
const MIN_REMAINING_MS = 2 * 60_000;

/** Hands out access tokens of one sign-in for as long as Cognito renews them. */
export class TokenSource {
  readonly #pool: UserPool;
  #tokens: Tokens;
  /** Handed out and not known to have been taken. A handshake does not say why it failed: the token may be to blame. */
  #unconfirmed = false;

  constructor(pool: UserPool, tokens: Tokens) {
    this.#pool = pool;
    this.#tokens = tokens;
  }

  /** Throws `SignInError`; `refused` means that the user has to sign in again. */
  async token(): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const endsSoon = this.#tokens.expiresAtMs - Date.now() < MIN_REMAINING_MS;
    if (this.#unconfirmed || endsSoon) this.#tokens = await refresh(this.#pool, this.#tokens);
    this.#unconfirmed = true;
    return { token: this.#tokens.accessToken, expiresAtMs: this.#tokens.expiresAtMs };
  }

  /** The token handed out last has opened a connection. */
  markAccepted(): void {
    this.#unconfirmed = false;
  }
}
