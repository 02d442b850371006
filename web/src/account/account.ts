import type { Token } from "../../../client/src/index.ts";

/** The user signed in to this tab. */
export interface Account {
  /** The user id, as the user's tokens name it. */
  readonly user: string;
  /** Returns a token for one attempt to connect. A rejection fails that attempt. */
  token(): Promise<Token>;
  /** Returns the URL to connect to with the last token. */
  webSocketUrl(): Promise<string>;
  /** Forgets the account in this tab. */
  forget(): Promise<void>;
  /** Forgets the account in this tab and signs out at the issuer. This may leave the page. */
  signOut(): Promise<void>;
}

/** Thrown if signing in failed; the message tells the user why. */
export class SignInError extends Error {
  override readonly name = "SignInError";
}
