import { jwtDecode } from "jwt-decode";
import {
  ErrorResponse,
  InMemoryWebStorage,
  type User,
  UserManager,
  WebStorageStateStore,
} from "oidc-client-ts";
import type { OidcPage } from "../../../wiring/web-page.ts";
import { usableStorage } from "../storage/stored-items.ts";
import { type Account, SignInError } from "./account.ts";

/** Tokens with a refresh token are renewed this long before they expire, without leaving the page. */
const RENEW_BEFORE_EXPIRY_MS = 120_000;

/** Sign-in at an OpenID Connect issuer: authorization code flow with PKCE. */
export class OidcSignIn {
  readonly #page: OidcPage;
  readonly #manager: UserManager;
  /** Keeps what has to be known when the issuer leads back to the page; undefined if the browser keeps nothing. */
  readonly #stateStore: Storage | undefined;

  constructor(page: OidcPage) {
    this.#page = page;
    // Ends with the tab. By default it is localStorage, which would keep the tokens.
    const session = usableStorage("sessionStorage");
    this.#stateStore = session ?? usableStorage("localStorage");
    const pageUrl = location.origin + location.pathname;
    this.#manager = new UserManager({
      authority: page.issuer,
      client_id: page.clientId,
      redirect_uri: pageUrl,
      post_logout_redirect_uri: pageUrl,
      response_type: "code",
      scope: page.scope,
      ...(page.audience !== undefined && { extraQueryParams: { audience: page.audience } }),
      userStore: new WebStorageStateStore({ store: session ?? new InMemoryWebStorage() }),
      stateStore: new WebStorageStateStore({ store: this.#stateStore ?? new InMemoryWebStorage() }),
      automaticSilentRenew: false,
      monitorSession: false,
    });
  }

  /** Returns the user who just came back from the issuer, or who signed in to this tab before. Throws SignInError. */
  async resume(): Promise<Account | undefined> {
    const parameters = new URL(location.href).searchParams;
    const isCallback = parameters.has("state") && (parameters.has("code") || parameters.has("error"));
    const user = isCallback ? await this.#completeSignIn() : await this.#manager.getUser();
    return user === null ? undefined : this.#accountOf(user);
  }

  async #completeSignIn(): Promise<User> {
    try {
      const user = await this.#manager.signinRedirectCallback();
      const hash = typeof user.state === "string" ? user.state : "";
      // A code works once: it should not be reloaded or shared.
      history.replaceState(null, "", location.pathname);
      location.hash = hash;
      return user;
    } catch (error) {
      history.replaceState(null, "", location.pathname);
      // Going back in the browser repeats an old callback: the session stays. A refusal by the issuer ends it.
      const existing = error instanceof ErrorResponse ? null : await this.#manager.getUser();
      if (existing !== null) return existing;
      await this.#manager.removeUser();
      throw new SignInError(messageOf(error));
    }
  }

  /** Leaves for the issuer's sign-in page. Throws SignInError if the browser keeps nothing or the issuer does not answer. */
  async start(): Promise<void> {
    if (this.#stateStore === undefined)
      throw new SignInError("Signing in needs site data, which this browser blocks. Allow it for this page.");
    try {
      await this.#redirectToIssuer();
    } catch (error) {
      throw new SignInError(`${new URL(this.#page.issuer).host} does not answer: ${messageOf(error)}`);
    }
  }

  #accountOf(signedIn: User): Account {
    const { userClaim, webSocketUrl } = this.#page;
    const user = claimOf(signedIn.access_token, userClaim);
    if (typeof user !== "string") throw new SignInError(`The access token has no claim "${userClaim}".`);
    return {
      user,
      token: async () => {
        const fresh = await this.#freshUser();
        const expiresAtMs = expiryOf(fresh);
        return { token: fresh.access_token, ...(expiresAtMs !== undefined && { expiresAtMs }) };
      },
      webSocketUrl: async () => webSocketUrl,
      forget: () => this.#manager.removeUser(),
      signOut: () => this.#signOut(),
    };
  }

  /** Returns the user with a valid token, renewed if possible. Otherwise leaves for the issuer and throws. */
  async #freshUser(): Promise<User> {
    const user = await this.#manager.getUser();
    const leftMs = user === null ? 0 : (expiryOf(user) ?? Number.POSITIVE_INFINITY) - Date.now();
    if (user !== null && leftMs > (user.refresh_token === undefined ? 0 : RENEW_BEFORE_EXPIRY_MS))
      return user;
    if (user?.refresh_token !== undefined) {
      try {
        const renewed = await this.#manager.signinSilent();
        if (renewed !== null) return renewed;
      } catch (error) {
        // Only a refusal by the issuer ends a session; a network failure is retried.
        if (!(error instanceof ErrorResponse)) throw error;
      }
    }
    await this.#redirectToIssuer();
    throw new SignInError("Signing in again.");
  }

  /** Leaves for the issuer's page, which comes back to the conversation that is open now. */
  #redirectToIssuer(): Promise<void> {
    return this.#manager.signinRedirect({ state: location.hash });
  }

  async #signOut(): Promise<void> {
    const { logoutUrl, clientId } = this.#page;
    // Otherwise the refresh token stays valid. If the issuer cannot revoke it or the network is down, it expires by itself.
    await this.#manager.revokeTokens(["refresh_token"]).catch(() => {});
    if (logoutUrl === undefined) {
      // If the issuer cannot be reached, at least this tab forgets the user.
      const metadata = await this.#manager.metadataService.getMetadata().catch(() => undefined);
      if (metadata?.end_session_endpoint !== undefined) return this.#manager.signoutRedirect();
    }
    await this.#manager.removeUser();
    if (logoutUrl === undefined) return;
    const target = new URL(logoutUrl);
    target.searchParams.set("client_id", clientId);
    target.searchParams.set("logout_uri", location.origin + location.pathname);
    location.assign(target);
  }
}

/** Expiry in milliseconds since 1970, from the issuer or the token; undefined if neither has it. */
function expiryOf({ expires_at, access_token }: User): number | undefined {
  const seconds = expires_at ?? claimOf(access_token, "exp");
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}

/** Reads a claim without verifying the token: the server does that. Undefined also if it is not a JWT. */
function claimOf(token: string, name: string): unknown {
  try {
    return jwtDecode<Record<string, unknown>>(token)[name];
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
