import { ErrorResponse, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { OidcPage } from "../../../wiring/web-page.ts";
import { type Account, SignInError } from "./account.ts";
import { claimsOf } from "./claims.ts";

/** A token that ends sooner opens no connection that is worth it. */
const LEAST_LIFE_SECONDS = 120;

/** Signing in at an OpenID Connect issuer: authorization code flow with PKCE. */
export class OidcSignIn {
  readonly #page: OidcPage;
  readonly #manager: UserManager;

  constructor(page: OidcPage) {
    this.#page = page;
    const here = location.origin + location.pathname;
    this.#manager = new UserManager({
      authority: page.issuer,
      client_id: page.clientId,
      redirect_uri: here,
      post_logout_redirect_uri: here,
      response_type: "code",
      scope: page.scope,
      ...(page.audience !== undefined && { extraQueryParams: { audience: page.audience } }),
      // Gone with the tab. The default for the state is localStorage, which would keep it.
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: false,
      monitorSession: false,
    });
  }

  /** Who came back from the issuer just now, or signed in to this tab before. Throws SignInError. */
  async resume(): Promise<Account | undefined> {
    const parameters = new URL(location.href).searchParams;
    if (parameters.has("state") && (parameters.has("code") || parameters.has("error"))) {
      try {
        const user = await this.#manager.signinRedirectCallback();
        return this.#accountOf(user);
      } catch (error) {
        // The address of a sign-in that is over: reloaded, or gone back to.
        const before = await this.#manager.getUser();
        if (before === null) throw new SignInError(error instanceof Error ? error.message : String(error));
        return this.#accountOf(before);
      } finally {
        // A code is good once; nobody should reload or share it.
        history.replaceState(null, "", location.pathname + location.hash);
      }
    }
    const user = await this.#manager.getUser();
    return user === null ? undefined : this.#accountOf(user);
  }

  /** Leaves the page for the issuer's. */
  async start(): Promise<void> {
    try {
      await this.#manager.signinRedirect();
    } catch (error) {
      throw new SignInError(
        `${new URL(this.#page.issuer).host} does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #accountOf(signedIn: User): Account {
    const { userClaim, webSocketUrl } = this.#page;
    const user = claimsOf(signedIn.access_token)?.[userClaim];
    if (typeof user !== "string") throw new SignInError(`The access token has no claim "${userClaim}".`);
    return {
      user,
      token: async () => {
        const { access_token, expires_at = 0 } = await this.#fresh();
        return { token: access_token, expiresAtMs: expires_at * 1000 };
      },
      webSocketUrl: async () => webSocketUrl,
      forget: () => this.#manager.removeUser(),
      signOut: () => this.#signOut(),
    };
  }

  async #fresh(): Promise<User> {
    const user = await this.#manager.getUser();
    if (user !== null && (user.expires_in ?? 0) > LEAST_LIFE_SECONDS) return user;
    if (user?.refresh_token !== undefined) {
      try {
        const renewed = await this.#manager.signinSilent();
        if (renewed !== null) return renewed;
      } catch (error) {
        // Only the issuer's own no ends a session; a network that fails is tried again.
        if (!(error instanceof ErrorResponse)) throw error;
      }
    }
    await this.#manager.signinRedirect();
    throw new SignInError("Signing in again.");
  }

  async #signOut(): Promise<void> {
    const { logoutUrl, clientId } = this.#page;
    if (logoutUrl === undefined) {
      const { end_session_endpoint } = await this.#manager.metadataService.getMetadata();
      if (end_session_endpoint !== undefined) return this.#manager.signoutRedirect();
    }
    await this.#manager.removeUser();
    if (logoutUrl === undefined) return;
    const target = new URL(logoutUrl);
    target.searchParams.set("client_id", clientId);
    target.searchParams.set("logout_uri", location.origin + location.pathname);
    location.assign(target);
  }
}
