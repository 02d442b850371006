import { connectionFailure } from "../aws-error.ts";

/**
 * - `refused`: no such user, or a wrong password; Cognito does not say which
 * - `not_confirmed`: signed up, and nobody has confirmed it yet
 * - `exists`: there is such a user already
 * - `sign_up_closed`: only administrators make users in this pool
 * - `password_policy`: the pool wants another password
 * - `wrong_code`: not the code that was mailed, or too old
 * - `challenge`: the user has to do something the terminal cannot, such as a second factor
 * - `unreachable`: Cognito does not answer, or wants no more requests for now
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

/** Why somebody could not be signed in or up. */
export class SignInError extends Error {
  override readonly name = "SignInError";
  readonly code: SignInErrorCode;
  /** May the same thing succeed later? */
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

/** What Cognito threw, in our terms; as it is, if it has none. Cognito's messages are for people, and hold no secret. */
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
