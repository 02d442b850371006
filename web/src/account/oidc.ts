import { jwtDecode } from "jwt-decode";
import { ErrorResponse, type User, UserManager, WebStorageStateStore } from "oidc-client-ts";
import type { OidcPage } from "../../../wiring/web-page.ts";
import { type Account, SignInError } from "./account.ts";

/** So long before its end a token is replaced, where that can be done without leaving the page. */
const RENEWED_BEFORE_MS = 120_000;

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
    const isBack = parameters.has("state") && (parameters.has("code") || parameters.has("error"));
    const user = isBack ? await this.#comeBack() : await this.#manager.getUser();
    return user === null ? undefined : this.#accountOf(user);
  }

  async #comeBack(): Promise<User> {
    try {
      const user = await this.#manager.signinRedirectCallback();
      const hash = typeof user.state === "string" ? user.state : "";
      // A code is good once: nobody should reload or share it.
      history.replaceState(null, "", location.pathname);
      location.hash = hash;
      return user;
    } catch (error) {
      history.replaceState(null, "", location.pathname);
      // The address of a sign-in that is over: gone back to. But the issuer's own no is a no.
      const before = error instanceof ErrorResponse ? null : await this.#manager.getUser();
      if (before !== null) return before;
      await this.#manager.removeUser();
      throw new SignInError(messageOf(error));
    }
  }

  /** Leaves the page for the issuer's. */
  async start(): Promise<void> {
    try {
      await this.#leave();
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
        const signedIn = await this.#fresh();
        const expiresAtMs = expiryOf(signedIn);
        return { token: signedIn.access_token, ...(expiresAtMs !== undefined && { expiresAtMs }) };
      },
      webSocketUrl: async () => webSocketUrl,
      forget: () => this.#manager.removeUser(),
      signOut: () => this.#signOut(),
    };
  }

  /** A token that opens a connection. */
  async #fresh(): Promise<User> {
    const user = await this.#manager.getUser();
    const leftMs = user === null ? 0 : (expiryOf(user) ?? Number.POSITIVE_INFINITY) - Date.now();
    if (user !== null && leftMs > (user.refresh_token === undefined ? 0 : RENEWED_BEFORE_MS)) return user;
    if (user?.refresh_token !== undefined) {
      try {
        const renewed = await this.#manager.signinSilent();
        if (renewed !== null) return renewed;
      } catch (error) {
        // Only the issuer's own no ends a session; a network that fails is tried again.
        if (!(error instanceof ErrorResponse)) throw error;
      }
    }
    await this.#leave();
    throw new SignInError("Signing in again.");
  }

  /** For the issuer's page; back at what is open here. */
  #leave(): Promise<void> {
    return this.#manager.signinRedirect({ state: location.hash });
  }

  async #signOut(): Promise<void> {
    const { logoutUrl, clientId } = this.#page;
    // Or it would live on. Where that cannot be had, or the network is down, it ends in its own time.
    await this.#manager.revokeTokens(["refresh_token"]).catch(() => {});
    if (logoutUrl === undefined) {
      // Offline, at least this tab forgets.
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

/** Milliseconds since 1970, as the issuer said or the token does; undefined: nobody says. */
function expiryOf({ expires_at, access_token }: User): number | undefined {
  const seconds = expires_at ?? claimOf(access_token, "exp");
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}

/** Unverified: the server does that. Undefined also for what is no JWT. */
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
