/**
 * What the web page reads from `config.json` beside it: who signs its users in, and where they chat. Whoever serves the
 * page writes it; the page itself is the same everywhere.
 */
export type WebPageConfig = DevelopmentPage | OidcPage;

/** On an embedded cloud: whoever types a name is that user. */
interface DevelopmentPage {
  readonly signIn: "development";
}

/** By the authorization code flow with PKCE at an OpenID Connect issuer. */
export interface OidcPage {
  readonly signIn: "oidc";
  /** `wss://…` */
  readonly webSocketUrl: string;
  /** As in the `iss` claim of its tokens; its discovery document is below it. */
  readonly issuer: string;
  /** Of a public client, for which the page's own URL is a redirect URI. */
  readonly clientId: string;
  /** Separated by spaces. */
  readonly scope: string;
  /** The claim of the access token that is the user id. */
  readonly userClaim: string;
  /** What the issuer has to be asked for to put it into `aud` (Auth0's `audience`). */
  readonly audience?: string;
  /**
   * Where signing out ends the session with the issuer too, if its discovery document names no `end_session_endpoint`:
   * Cognito's `/logout`, which goes by `client_id` and `logout_uri`.
   */
  readonly logoutUrl?: string;
}

/** Beside the page's `index.html`. */
export const WEB_PAGE_CONFIG_FILE = "config.json";
