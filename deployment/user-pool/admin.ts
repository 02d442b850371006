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

/** Cognito's `UserStatus`, such as `CONFIRMED`; undefined if there is no such user. */
export async function userStatus(pool: UserPool, user: string): Promise<string | undefined> {
  try {
    const query = new AdminGetUserCommand({ UserPoolId: pool.userPoolId, Username: user });
    return (await pool.cognito.send(query)).UserStatus;
  } catch (error) {
    if (error instanceof UserNotFoundException) return undefined;
    throw toDeploymentError(error, "cognito-idp:AdminGetUser") ?? toSignInError(error);
  }
}

/** Makes a user who can sign in at once; nothing is mailed. Throws `SignInError` for a password the pool does not take. */
export async function createUser(pool: UserPool, user: string, password: string): Promise<void> {
  const { cognito, userPoolId: UserPoolId } = pool;
  await adminCall("cognito-idp:AdminCreateUser", () =>
    cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: user,
        // The password it is to have: one that is refused makes no user.
        TemporaryPassword: password,
        MessageAction: "SUPPRESS",
      }),
    ),
  );
  await setPassword(pool, user, password);
}

/** For good: nobody has to choose another. */
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

/** Of somebody who has signed up. */
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

/** An access token for somebody whose password is known. */
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
    throw new SignInError("challenge", `Cognito asks ${user} for ${ChallengeName ?? "something"} first.`);
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
