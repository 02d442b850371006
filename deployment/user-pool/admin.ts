import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import { toDeploymentError } from "../aws-error.ts";
import { SignInError, toSignInError } from "./sign-in-error.ts";
import type { UserPool } from "./user-pool.ts";

/** Returns Cognito's `UserStatus`, such as `CONFIRMED`, or undefined if the user does not exist. */
export async function userStatus(pool: UserPool, user: string): Promise<string | undefined> {
  try {
    const query = new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username: user });
    return (await pool.cognito.send(query)).UserStatus;
  } catch (error) {
    if (error instanceof UserNotFoundException) return undefined;
    throw toDeploymentError(error, "cognito-idp:AdminGetUser") ?? toSignInError(error);
  }
}

/** Creates a user who can sign in at once; nothing is e-mailed. Throws `SignInError` if the pool rejects the password. */
export async function createUser(pool: UserPool, user: string, password: string): Promise<void> {
  const { cognito, userPoolId: UserPoolId } = pool;
  await adminCall("cognito-idp:AdminCreateUser", () =>
    cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: user,
        // The final password, so that a rejected one creates no user.
        TemporaryPassword: password,
        MessageAction: "SUPPRESS",
      }),
    ),
  );
  await setPassword(pool, user, password);
}

/** Sets a permanent password: the user does not have to choose another. */
export async function setPassword(pool: UserPool, user: string, password: string): Promise<void> {
  await adminCall("cognito-idp:AdminSetUserPassword", () =>
    pool.cognito.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: pool.userPoolId,
        Username: user,
        Password: password,
        Permanent: true,
      }),
    ),
  );
}

/** Confirms the sign-up of a user. */
export async function confirmUser(pool: UserPool, user: string): Promise<void> {
  await adminCall("cognito-idp:AdminConfirmSignUp", () =>
    pool.cognito.send(new AdminConfirmSignUpCommand({ UserPoolId: pool.userPoolId, Username: user })),
  );
}

export async function deleteUser(pool: UserPool, user: string): Promise<void> {
  await adminCall("cognito-idp:AdminDeleteUser", () =>
    pool.cognito.send(new AdminDeleteUserCommand({ UserPoolId: pool.userPoolId, Username: user })),
  );
}

/** Returns an access token for a user whose password is known. */
export async function adminSignIn(pool: UserPool, user: string, password: string): Promise<string> {
  const { AuthenticationResult, ChallengeName } = await adminCall("cognito-idp:AdminInitiateAuth", () =>
    pool.cognito.send(
      new AdminInitiateAuthCommand({
        UserPoolId: pool.userPoolId,
        ClientId: pool.clientId,
        AuthFlow: "ADMIN_USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: user, PASSWORD: password },
      }),
    ),
  );
  const token = AuthenticationResult?.AccessToken;
  if (token === undefined) {
    throw new SignInError("challenge", `Cognito asks ${user} for ${ChallengeName ?? "another step"} first.`);
  }
  return token;
}

async function adminCall<T>(action: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toDeploymentError(error, action) ?? toSignInError(error);
  }
}
