import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { type Capability, setting } from "../functions/capability.ts";
import { ChatUserPool, COGNITO_USER_CLAIM } from "./user-pool.ts";

/** A Cognito user pool made for the chat. */
export interface CognitoTokens {
  readonly cognito: {
    /** Whether people may create users by themselves, with any name that is free. */
    readonly selfSignUp: boolean;
    /** How long an access token opens connections: 5 to 1440. @default 60 */
    readonly accessTokenMinutes?: number;
  };
}

/** An OIDC issuer there is: Auth0, Keycloak, a user pool of another stack. */
export interface OidcTokens {
  /** Its URL, exactly as in the `iss` claim of its tokens. */
  readonly issuer: string;
  /** The `aud` claim a token must carry. */
  readonly audience: string;
  /** The claim that is the user id. @default "sub" */
  readonly userClaim?: string;
}

export type Tokens = CognitoTokens | OidcTokens;

/** Whose tokens open a connection, as the authorizer is told. */
export interface TokenIssuer extends Required<OidcTokens> {
  /** Only where the chat has users of its own. */
  readonly users: ChatUserPool | undefined;
}

/** The issuer that is configured; makes the user pool where that is one of the chat's own. */
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
