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

/**
 * Converts an AWS error into a `DeploymentError` if its cause is the setup and not the call itself: credentials, region,
 * permissions or network. Returns undefined for any other error. `action` is the permission, such as `sqs:GetQueueAttributes`.
 */
export function toDeploymentError(error: unknown, action: string): DeploymentError | undefined {
  if (error instanceof DeploymentError) return error;
  if (!(error instanceof Error)) return undefined;
  const options = { cause: error };
  if (NO_CREDENTIALS.has(error.name)) {
    return new DeploymentError(
      "no_credentials",
      "There are no AWS credentials: sign in (`aws sso login`) or set AWS_PROFILE.",
      options,
    );
  }
  if (BAD_CREDENTIALS.has(error.name)) {
    return new DeploymentError(
      "no_credentials",
      `AWS rejects the credentials (${error.name}): sign in again or check AWS_PROFILE.`,
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
      `The AWS service ${action.split(":")[0]} cannot be reached (${code}): check the region and the network.`,
      options,
    );
  }
  return undefined;
}

/** Returns the code of a failed connection, such as `ECONNREFUSED`, from wherever fetch or the SDK put it. */
export function connectionFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string" && UNREACHABLE.has(error.code)) return error.code;
  if (error instanceof AggregateError) {
    return error.errors.map(connectionFailure).find((code) => code !== undefined);
  }
  return connectionFailure(error.cause);
}
