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

/** What a sign-in gives. */
export interface Tokens {
  /** What opens a connection. */
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Of the access token, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** An administrator has given a password that is good for choosing another. */
export interface NewPasswordRequired {
  readonly newPasswordRequired: string;
}

/** No AWS credentials are needed for any of these: they are what every app of the pool may call. All throw `SignInError`. */
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
    throw new SignInError("challenge", "Cognito wants yet another password.");
  return tokens;
}

/** A new access token; the refresh token stays the same unless the pool rotates it. */
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

/** Whether the user may sign in already; if not, somebody has to confirm it first. */
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
    // The same error as for a wrong password, which nobody was asked for here.
    const closed = error instanceof Error && error.name === "NotAuthorizedException";
    throw closed
      ? new SignInError("sign_up_closed", "Nobody can sign up here by themselves.", { cause: error })
      : toSignInError(error);
  }
}

/** With the code that was mailed. */
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
    `Cognito asks for ${ChallengeName}, which a terminal has no way to answer; --token-command can.`,
  );
}

function parseTokens({ AccessToken, RefreshToken, ExpiresIn = 0 }: AuthenticationResultType = {}): Tokens {
  if (AccessToken === undefined || RefreshToken === undefined)
    throw new SignInError("challenge", "Cognito gave no tokens.");
  return {
    accessToken: AccessToken,
    refreshToken: RefreshToken,
    expiresAtMs: Date.now() + ExpiresIn * 1000,
  };
}
