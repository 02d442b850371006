import { Token } from "aws-cdk-lib";
import type { OidcPage } from "../../../wiring/web-page.ts";
import type { TokenIssuer } from "../auth/token-issuer.ts";
import type { WebPageClient } from "./web-page-options.ts";

/** Where the page's users sign in, and as what. */
export interface PageSignIn {
  /** What the page talks to there, as sources of a Content-Security-Policy. */
  readonly sources: readonly string[];
  readonly client: Pick<OidcPage, "clientId" | "scope" | "audience" | "logoutUrl">;
}

/** At an issuer there is: it must know the page's URL as a redirect URI of the client. */
export function issuerSignIn({ issuer, audience }: TokenIssuer, client: WebPageClient): PageSignIn {
  const { clientId, scope = "openid", origins = [], logoutUrl } = client;
  return {
    sources: [sourceOf(issuer), ...origins],
    client: {
      clientId,
      scope,
      // Tokens that are for somebody else than the client have to be asked for; who knows no such parameter ignores it.
      ...(audience !== clientId && { audience }),
      ...(logoutUrl !== undefined && { logoutUrl }),
    },
  };
}

/**
 * The issuer's origin, because endpoints need not be below its URL. Of a user pool only what is: its host is the API of every
 * pool of the region. Nor can more be said of an issuer that is known only when it is deployed.
 */
function sourceOf(issuer: string): string {
  const isPool = issuer.startsWith("https://cognito-idp.");
  return isPool || Token.isUnresolved(issuer) ? `${issuer}/` : new URL(issuer).origin;
}
