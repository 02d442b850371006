import {
  type AuthenticationResultType,
  ConfirmSignUpCommand,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { SignInError, toSignInError } from "./sign-in-error.ts";
import type { UserPool } from "./user-pool.ts";

/** Tokens of one sign-in. */
export interface Tokens {
  /** Opens a connection. */
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Expiry of the access token, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** The user signed in with an administrator's password and has to choose a new one. Holds Cognito's session. */
export interface NewPasswordRequired {
  readonly newPasswordRequired: string;
}

/** Signs a user in. Like every call of this module it needs no AWS credentials, and throws `SignInError`. */
export async function signIn(
  pool: UserPool,
  user: string,
  password: string,
): Promise<Tokens | NewPasswordRequired> {
  const answer = await withSignInErrors(
    pool.cognito.send(
      new InitiateAuthCommand({
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: pool.clientId,
        AuthParameters: { USERNAME: user, PASSWORD: password },
      }),
    ),
  );
  return parseAuthResponse(answer);
}

export async function setNewPassword(
  pool: UserPool,
  user: string,
  { newPasswordRequired }: NewPasswordRequired,
  password: string,
): Promise<Tokens> {
  const answer = await withSignInErrors(
    pool.cognito.send(
      new RespondToAuthChallengeCommand({
        ClientId: pool.clientId,
        ChallengeName: "NEW_PASSWORD_REQUIRED",
        Session: newPasswordRequired,
        ChallengeResponses: { USERNAME: user, NEW_PASSWORD: password },
      }),
    ),
  );
  const tokens = parseAuthResponse(answer);
  if ("newPasswordRequired" in tokens)
    throw new SignInError("challenge", "Cognito asks for yet another password.");
  return tokens;
}

/** Gets a new access token. The refresh token stays the same unless the pool rotates it. */
export async function refresh(pool: UserPool, { refreshToken }: Tokens): Promise<Tokens> {
  const { AuthenticationResult } = await withSignInErrors(
    pool.cognito.send(
      new InitiateAuthCommand({
        AuthFlow: "REFRESH_TOKEN_AUTH",
        ClientId: pool.clientId,
        AuthParameters: { REFRESH_TOKEN: refreshToken },
      }),
    ),
  );
  return parseTokens({ RefreshToken: refreshToken, ...AuthenticationResult });
}

/** Creates a user. Returns true if they can sign in at once, false if the sign-up has to be confirmed first. */
export async function signUp(
  pool: UserPool,
  user: string,
  password: string,
  email: string | undefined,
): Promise<boolean> {
  try {
    const { UserConfirmed } = await pool.cognito.send(
      new SignUpCommand({
        ClientId: pool.clientId,
        Username: user,
        Password: password,
        ...(email !== undefined && { UserAttributes: [{ Name: "email", Value: email }] }),
      }),
    );
    return UserConfirmed ?? false;
  } catch (error) {
    // Cognito uses the error of a wrong password, which cannot occur here.
    const closed = error instanceof Error && error.name === "NotAuthorizedException";
    throw closed
      ? new SignInError("sign_up_closed", "Users cannot sign themselves up in this user pool.", {
          cause: error,
        })
      : toSignInError(error);
  }
}

/** Confirms a sign-up with the e-mailed code. */
export async function confirmSignUp(pool: UserPool, user: string, code: string): Promise<void> {
  await withSignInErrors(
    pool.cognito.send(
      new ConfirmSignUpCommand({ ClientId: pool.clientId, Username: user, ConfirmationCode: code }),
    ),
  );
}

async function withSignInErrors<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw toSignInError(error);
  }
}

type AuthResponse = Pick<InitiateAuthCommandOutput, "AuthenticationResult" | "ChallengeName" | "Session">;

function parseAuthResponse({
  AuthenticationResult,
  ChallengeName,
  Session,
}: AuthResponse): Tokens | NewPasswordRequired {
  if (ChallengeName === undefined) return parseTokens(AuthenticationResult);
  if (ChallengeName === "NEW_PASSWORD_REQUIRED") return { newPasswordRequired: Session ?? "" };
  throw new SignInError(
    "challenge",
    `Cognito asks for ${ChallengeName}, which the terminal does not support; get the token with --token-command.`,
  );
}

function parseTokens({ AccessToken, RefreshToken, ExpiresIn = 0 }: AuthenticationResultType = {}): Tokens {
  if (AccessToken === undefined || RefreshToken === undefined)
    throw new SignInError("challenge", "Cognito returned no tokens.");
  return {
    accessToken: AccessToken,
    refreshToken: RefreshToken,
    expiresAtMs: Date.now() + ExpiresIn * 1000,
  };
}
