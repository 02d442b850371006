import type { HostNameProps } from "../api/dns-alias.ts";

export interface WebPageOptions {
  /** @default the name CloudFront gives */
  readonly domain?: WebPageDomain | undefined;
  /**
   * With a user pool of the chat's own: what the name of its sign-in pages begins with
   * (`<prefix>.auth.<region>.amazoncognito.com`), which nobody else in the region may have. @default made of the stack's id
   */
  readonly signInPrefix?: string | undefined;
  /** With an issuer of one's own, and then required: as what the page signs in there. */
  readonly client?: WebPageClient | undefined;
  /** The built page. @default the one that comes with the package */
  readonly folder?: string | undefined;
}

export interface WebPageDomain extends HostNameProps {
  /** Of an ACM certificate for the name, in us-east-1, where CloudFront takes its certificates from. */
  readonly certificateArn: string;
}

/** A client of an OIDC issuer, public: it has no secret, and signs in by the authorization code flow with PKCE. */
export interface WebPageClient {
  readonly clientId: string;
  /** Separated by spaces. @default "openid" */
  readonly scope?: string | undefined;
  /** Origins of the issuer's endpoints, besides that of its URL. @default none */
  readonly origins?: readonly string[] | undefined;
  /** Where signing out ends the session there, in place of what its discovery document says: Cognito's `/logout`. @default none */
  readonly logoutUrl?: string | undefined;
}

/** What is wrong with the options; `hasUsers`: the chat has a user pool of its own. */
export function webPageOptionsProblem(
  { signInPrefix, client }: WebPageOptions,
  hasUsers: boolean,
): string | undefined {
  if (hasUsers) {
    return client && "client is for an issuer of your own: the page signs in as the user pool's client";
  }
  if (client === undefined) return "client is missing: { clientId } of a public client of the issuer";
  return signInPrefix && "signInPrefix is for a user pool of the chat's own: the issuer has sign-in pages";
}
