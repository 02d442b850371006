import { Token } from "aws-cdk-lib";
import type { OidcPage } from "../../../wiring/web-page.ts";
import type { TokenIssuer } from "../token-issuer.ts";
import type { WebPageClient } from "./page-options.ts";

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

/** Of an issuer known only when it is deployed, such as a user pool of another stack, what is below its URL. */
function sourceOf(issuer: string): string {
  return Token.isUnresolved(issuer) ? `${issuer}/` : new URL(issuer).origin;
}
