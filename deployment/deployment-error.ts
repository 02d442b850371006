/**
 * - `no_region`, `no_credentials`, `not_allowed`, `unreachable`: AWS cannot be asked
 * - `no_stack`, `stack_unusable`: there is no such stack, or it was never finished
 * - `no_file`, `no_output`: its outputs are not what they should be
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

/** Why a deployment cannot be worked on; the message says what to do. */
export class DeploymentError extends Error {
  override readonly name = "DeploymentError";
  readonly code: DeploymentErrorCode;

  constructor(code: DeploymentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
