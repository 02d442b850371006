import { Token } from "aws-cdk-lib";
import type { OidcPage } from "../../../wiring/web-page.ts";
import type { TokenIssuer } from "../auth/token-issuer.ts";
import type { WebPageClient } from "./web-page-options.ts";

/** The issuer at which the page's users sign in, and the client they use. */
export interface PageSignIn {
  /** The issuer's endpoints, as sources of a Content-Security-Policy. */
  readonly sources: readonly string[];
  readonly client: Pick<OidcPage, "clientId" | "scope" | "audience" | "logoutUrl">;
}

/** Sign-in at an existing issuer. The issuer must have the page's URL as a redirect URI of the client. */
export function issuerSignIn({ issuer, audience }: TokenIssuer, client: WebPageClient): PageSignIn {
  const { clientId, scope = "openid", origins = [], logoutUrl } = client;
  return {
    sources: [sourceOf(issuer), ...origins],
    client: {
      clientId,
      scope,
      // Tokens for an audience other than the client must be requested. Issuers that do not know the parameter ignore it.
      ...(audience !== clientId && { audience }),
      ...(logoutUrl !== undefined && { logoutUrl }),
    },
  };
}

/**
 * Returns the issuer's origin, because its endpoints need not be below its URL. For a user pool, returns the URL itself:
 * its host serves the API of every pool of the region. For an issuer that is known only at deployment, the URL is all
 * there is.
 */
function sourceOf(issuer: string): string {
  const isPool = issuer.startsWith("https://cognito-idp.");
  return isPool || Token.isUnresolved(issuer) ? `${issuer}/` : new URL(issuer).origin;
}
