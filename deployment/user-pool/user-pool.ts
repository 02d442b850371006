import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { type Deployment, outputOf } from "../deployment.ts";

/** The Cognito user pool of a stack, with its app client. */
export interface UserPool {
  readonly cognito: CognitoIdentityProviderClient;
  readonly userPoolId: string;
  readonly clientId: string;
}

/** Returns undefined if the stack uses another token issuer. */
export function userPoolOf(deployment: Deployment): UserPool | undefined {
  const { UserPoolId: userPoolId } = deployment.outputs;
  if (userPoolId === undefined) return undefined;
  return {
    cognito: new CognitoIdentityProviderClient(deployment.clientOptions("cognito")),
    userPoolId,
    clientId: outputOf(deployment, "ClientId"),
  };
}
