import type { Deployment, Outputs } from "../../../deployment/deployment.ts";

/** Returns a stack with these outputs that has no resources. */
export function deployment(outputs: Outputs, state?: Partial<NonNullable<Deployment["state"]>>): Deployment {
  return {
    kind: "stack",
    name: "parley-dev",
    outputs,
    state: state && { status: "CREATE_COMPLETE", reason: undefined, terminationProtection: false, ...state },
    clientOptions: () => ({}),
    resources: async () => ({}),
  };
}
