import type { Token } from "../../../client/src/index.ts";

/** Somebody who is signed in to this tab. */
export interface Account {
  /** As the tokens name them. */
  readonly user: string;
  /** For one attempt to connect; a rejection is a failed attempt. */
  token(): Promise<Token>;
  /** Where to connect with the last token. */
  webSocketUrl(): Promise<string>;
  /** This tab forgets it. */
  forget(): Promise<void>;
  /** The issuer does too; that may take leaving the page. */
  signOut(): Promise<void>;
}

/** Signing in did not work; the message says why, to the person. */
export class SignInError extends Error {
  override readonly name = "SignInError";
}
