import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { EnvKey } from "../../../wiring/manifest.ts";

/**
 * Something a function may use: the environment variables that name it and the permission to use it, kept together so
 * that neither can be given without the other.
 */
export interface Capability {
  readonly environment: Readonly<Partial<Record<EnvKey, string>>>;
  readonly statements: readonly PolicyStatement[];
  /** Reason why a resource ends in `*`, if one does. */
  readonly wildcardReason?: string;
}

/** A plain value in the environment, which needs no permission. */
export function setting(environment: Capability["environment"]): Capability {
  return { environment, statements: [] };
}

export function permission(
  environment: Capability["environment"],
  actions: readonly string[],
  resources: readonly string[],
  wildcardReason?: string,
): Capability {
  return {
    environment,
    statements: [new PolicyStatement({ actions: [...actions], resources: [...resources] })],
    ...(wildcardReason !== undefined && { wildcardReason }),
  };
}
