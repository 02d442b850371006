import type { HostNameProps } from "../api/dns-alias.ts";

export interface WebPageOptions {
  /** @default the name that CloudFront assigns */
  readonly domain?: WebPageDomain | undefined;
  /**
   * Prefix of the sign-in pages' host (`<prefix>.auth.<region>.amazoncognito.com`), unique in the region. Only with the
   * chat's own user pool. @default made from the stack's id
   */
  readonly signInPrefix?: string | undefined;
  /** Client as which the page signs in. Only, and required, with an OIDC issuer of yours. */
  readonly client?: WebPageClient | undefined;
  /** Offers users the inspector: the frames of their tab, for developers. @default false */
  readonly inspector?: boolean | undefined;
  /** Folder of the built page. @default the page in the package */
  readonly folder?: string | undefined;
}

export interface WebPageDomain extends HostNameProps {
  /** ARN of an ACM certificate for the name, in us-east-1, from where CloudFront takes its certificates. */
  readonly certificateArn: string;
}

/** A public client of an OIDC issuer: it has no secret and uses the authorization code flow with PKCE. */
export interface WebPageClient {
  readonly clientId: string;
  /** Scopes, separated by spaces. @default "openid" */
  readonly scope?: string | undefined;
  /** Origins of the issuer's endpoints, besides the origin of its URL. @default none */
  readonly origins?: readonly string[] | undefined;
  /** URL that ends the session at the issuer, instead of the one in its discovery document: Cognito's `/logout`. @default none */
  readonly logoutUrl?: string | undefined;
}

/** Returns the problem with the options, if there is one. `hasUsers`: the chat has its own user pool. */
export function webPageOptionsProblem(
  { signInPrefix, client }: WebPageOptions,
  hasUsers: boolean,
): string | undefined {
  if (hasUsers) {
    return (
      client && "remove client: it is only for an OIDC issuer of yours; the page uses the user pool's client"
    );
  }
  if (client === undefined) return "client is missing: set { clientId } of a public client at the issuer";
  return (
    signInPrefix &&
    "remove signInPrefix: it is only for the chat's own user pool; the issuer has its own pages"
  );
}
