import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { type Deployment, outputOf } from "../deployment.ts";

/** The Cognito user pool of a stack, as its app client sees it. */
export interface UserPool {
  readonly cognito: CognitoIdentityProviderClient;
  readonly userPoolId: string;
  readonly clientId: string;
}

/** Undefined if the stack takes the tokens of another issuer. */
export function userPoolOf(deployment: Deployment): UserPool | undefined {
  const { UserPoolId: userPoolId } = deployment.outputs;
  if (userPoolId === undefined) return undefined;
  return {
    cognito: new CognitoIdentityProviderClient(deployment.clientOptions("cognito")),
    userPoolId,
    clientId: outputOf(deployment, "ClientId"),
  };
}
