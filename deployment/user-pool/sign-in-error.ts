import { connectionFailure } from "../aws-error.ts";

/**
 * Reason why a user cannot be signed in or up:
 * - `refused`: no such user, or a wrong password; Cognito does not say which
 * - `not_confirmed`: the user signed up and is not confirmed yet
 * - `exists`: the user name is taken
 * - `sign_up_closed`: only administrators create users in this pool
 * - `password_policy`: the password violates the policy of the pool
 * - `wrong_code`: not the e-mailed code, or an expired one
 * - `challenge`: the user has to do something that the terminal does not support, such as a second factor
 * - `unreachable`: Cognito does not answer, or throttles requests
 */
export type SignInErrorCode =
  | "refused"
  | "not_confirmed"
  | "exists"
  | "sign_up_closed"
  | "password_policy"
  | "wrong_code"
  | "challenge"
  | "unreachable";

/** A user could not be signed in or up. */
export class SignInError extends Error {
  override readonly name = "SignInError";
  readonly code: SignInErrorCode;
  /** True if the same call may succeed later. */
  readonly temporary: boolean;

  constructor(code: SignInErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.temporary = code === "unreachable";
  }
}

const CODES: Readonly<Record<string, SignInErrorCode>> = {
  NotAuthorizedException: "refused",
  UserNotFoundException: "refused",
  UserNotConfirmedException: "not_confirmed",
  UsernameExistsException: "exists",
  AliasExistsException: "exists",
  InvalidPasswordException: "password_policy",
  CodeMismatchException: "wrong_code",
  ExpiredCodeException: "wrong_code",
  PasswordResetRequiredException: "challenge",
  TooManyRequestsException: "unreachable",
  LimitExceededException: "unreachable",
  InternalErrorException: "unreachable",
};

/** Converts a Cognito error into a `SignInError`, with Cognito's message, which is meant for users and holds no secret. Returns any other error unchanged. */
export function toSignInError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = CODES[error.name];
  if (code !== undefined) return new SignInError(code, error.message, { cause: error });
  const connection = connectionFailure(error);
  if (connection === undefined && error.name !== "TimeoutError") return error;
  return new SignInError("unreachable", `Cognito cannot be reached (${connection ?? error.name})`, {
    cause: error,
  });
}
