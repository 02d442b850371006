/**
 * Reason why a deployment cannot be used:
 * - `no_region`, `no_credentials`, `not_allowed`, `unreachable`: AWS cannot be called
 * - `no_stack`, `stack_unusable`: the stack does not exist, or its first deployment never finished
 * - `no_file`, `no_output`: the outputs cannot be read or are incomplete
 * - `no_cloud`: no embedded cloud answers
 */
type DeploymentErrorCode =
  | "no_region"
  | "no_credentials"
  | "not_allowed"
  | "unreachable"
  | "no_stack"
  | "stack_unusable"
  | "no_file"
  | "no_output"
  | "no_cloud";

/** The deployment cannot be used. The message says what to do. */
export class DeploymentError extends Error {
  override readonly name = "DeploymentError";
  readonly code: DeploymentErrorCode;

  constructor(code: DeploymentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
