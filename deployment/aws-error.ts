import { DeploymentError } from "./deployment-error.ts";

const NO_CREDENTIALS = new Set(["CredentialsProviderError", "TokenProviderError"]);
const BAD_CREDENTIALS = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);
const NOT_ALLOWED = new Set(["AccessDenied", "AccessDeniedException", "AuthorizationError"]);
const UNREACHABLE = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
]);

/** Why AWS did not answer `action` (`sqs:GetQueueAttributes`), if it is for a reason that has nothing to do with the call. */
export function toDeploymentError(error: unknown, action: string): DeploymentError | undefined {
  if (error instanceof DeploymentError) return error;
  if (!(error instanceof Error)) return undefined;
  const options = { cause: error };
  if (NO_CREDENTIALS.has(error.name)) {
    return new DeploymentError(
      "no_credentials",
      "There are no AWS credentials: sign in (`aws sso login`), or set AWS_PROFILE.",
      options,
    );
  }
  if (BAD_CREDENTIALS.has(error.name)) {
    return new DeploymentError(
      "no_credentials",
      `AWS refuses the credentials (${error.name}): sign in again, or look at AWS_PROFILE.`,
      options,
    );
  }
  if (error.message === "Region is missing") {
    return new DeploymentError("no_region", "There is no region: set AWS_REGION.", options);
  }
  if (NOT_ALLOWED.has(error.name)) {
    return new DeploymentError("not_allowed", `These credentials do not allow ${action}.`, options);
  }
  const code = connectionFailure(error);
  if (code !== undefined) {
    return new DeploymentError(
      "unreachable",
      `${action.split(":")[0]} of AWS cannot be reached (${code}): is the region right, and the network there?`,
      options,
    );
  }
  return undefined;
}

/** The code of a connection that was not made, wherever fetch and the SDK have put it: `ECONNREFUSED`. */
export function connectionFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string" && UNREACHABLE.has(error.code)) return error.code;
  if (error instanceof AggregateError) {
    return error.errors.map(connectionFailure).find((code) => code !== undefined);
  }
  return connectionFailure(error.cause);
}
