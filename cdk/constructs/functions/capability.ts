import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { EnvKey } from "../../../wiring/manifest.ts";

/**
 * Something a function may use: the variables that name it together with the permission for it, so that
 * neither can be given without the other.
 */
export interface Capability {
  readonly environment: Readonly<Partial<Record<EnvKey, string>>>;
  readonly statements: readonly PolicyStatement[];
  /** Why a resource ends in `*`, if one does. */
  readonly wildcardReason?: string;
}

/** A value the function is told, which needs no permission. */
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
