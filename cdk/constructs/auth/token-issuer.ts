import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { type Capability, setting } from "../functions/capability.ts";
import { ChatUserPool, COGNITO_USER_CLAIM } from "./user-pool.ts";

/** A Cognito user pool that the chat creates. */
export interface CognitoTokens {
  readonly cognito: {
    /** True if people may sign themselves up under any free name. */
    readonly selfSignUp: boolean;
    /** Validity of an access token in minutes: 5 to 1440. @default 60 */
    readonly accessTokenMinutes?: number;
  };
}

/** An existing OIDC issuer: Auth0, Keycloak, or the user pool of another stack. */
export interface OidcTokens {
  /** The issuer's URL, exactly as in the `iss` claim of its tokens. */
  readonly issuer: string;
  /** The `aud` claim a token must carry. */
  readonly audience: string;
  /** The claim that holds the user id. @default "sub" */
  readonly userClaim?: string;
}

export type Tokens = CognitoTokens | OidcTokens;

/** The issuer whose tokens open a connection, as configured in the authorizer. */
export interface TokenIssuer extends Required<OidcTokens> {
  /** The user pool, if the chat has its own. */
  readonly users: ChatUserPool | undefined;
}

/** Returns the configured issuer. Creates the user pool if the chat has its own. */
export function tokenIssuer(scope: Construct, tokens: Tokens, removalPolicy: RemovalPolicy): TokenIssuer {
  if (!("cognito" in tokens)) return { userClaim: "sub", ...tokens, users: undefined };
  const users = new ChatUserPool(scope, "Users", {
    selfSignUp: tokens.cognito.selfSignUp,
    accessTokenValidity: Duration.minutes(tokens.cognito.accessTokenMinutes ?? 60),
    removalPolicy,
  });
  return {
    issuer: users.issuer,
    audience: users.client.userPoolClientId,
    userClaim: COGNITO_USER_CLAIM,
    users,
  };
}

export function tokenSettings({ issuer, audience, userClaim }: TokenIssuer): Capability {
  return setting({ issuer, audience, userClaim });
}
