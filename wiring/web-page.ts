/**
 * Content of the `config.json` beside the web page: the issuer of its users and the endpoint of the chat. The server of
 * the page writes it; the page itself is the same everywhere.
 */
export type WebPageConfig = DevelopmentPage | OidcPage;

interface AnyPage {
  /**
   * Offers users the inspector: the frames of their tab and, on an embedded cloud, the way of each message.
   * @default true on an embedded cloud, otherwise false
   */
  readonly inspector?: boolean;
}

/** Sign-in on an embedded cloud: users type any name and need no password. */
interface DevelopmentPage extends AnyPage {
  readonly signIn: "development";
}

/** Sign-in at an OpenID Connect issuer, using the authorization code flow with PKCE. */
export interface OidcPage extends AnyPage {
  readonly signIn: "oidc";
  /** `wss://…` */
  readonly webSocketUrl: string;
  /** Issuer URL, as in the `iss` claim of its tokens. Its discovery document is below this URL. */
  readonly issuer: string;
  /** Id of a public client that has the page's URL as a redirect URI. */
  readonly clientId: string;
  /** Scopes, separated by spaces. */
  readonly scope: string;
  /** The claim of the access token that holds the user id. */
  readonly userClaim: string;
  /** Audience to request from the issuer so that it puts it into `aud` (Auth0's `audience`). */
  readonly audience?: string;
  /**
   * URL that ends the session at the issuer, instead of the `end_session_endpoint` of its discovery document: Cognito's
   * `/logout`, which takes `client_id` and `logout_uri`.
   */
  readonly logoutUrl?: string;
}

/** Name of the configuration file beside the page's `index.html`. */
export const WEB_PAGE_CONFIG_FILE = "config.json";
