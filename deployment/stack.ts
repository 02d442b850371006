import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { toDeploymentError } from "./aws-error.ts";
import type { Deployment, Outputs } from "./deployment.ts";
import { DeploymentError } from "./deployment-error.ts";

/** States in which the stack is usable: its first deployment finished, even if a later one failed. */
const USABLE = /^(CREATE_COMPLETE|UPDATE_|IMPORT_COMPLETE|IMPORT_ROLLBACK_COMPLETE)/;

/** Reads a stack from CloudFormation, in the account and region of the environment. Throws `DeploymentError`. */
export async function describeStack(name: string): Promise<Deployment> {
  const client = new CloudFormationClient();
  try {
    const region = await client.config.region().catch((error: unknown) => {
      throw toDeploymentError(error, "cloudformation:DescribeStacks") ?? error;
    });
    const stack = await describe(client, name, region);
    const { StackStatus: status = "", StackStatusReason: reason, EnableTerminationProtection } = stack;
    if (!USABLE.test(status)) {
      throw new DeploymentError(
        "stack_unusable",
        `${name} is ${status}${reason === undefined ? "" : ` (${reason})`}: its first deployment never finished, or it is being deleted. ` +
          `See the events of the stack in the CloudFormation console.`,
      );
    }
    const outputs = Object.fromEntries(
      (stack.Outputs ?? []).map(({ OutputKey = "", OutputValue = "" }) => [OutputKey, OutputValue]),
    );
    const state = { status, reason, terminationProtection: EnableTerminationProtection ?? false };
    return stackDeployment(name, region, outputs, state);
  } finally {
    client.destroy();
  }
}

export function stackDeployment(
  name: string,
  region: string,
  outputs: Outputs,
  state: Deployment["state"],
): Deployment {
  let listing: ReturnType<typeof listResources> | undefined;
  return {
    kind: "stack",
    name,
    outputs,
    state,
    clientOptions: () => ({ region }),
    async resources(type) {
      listing ??= listResources(name, region);
      return (await listing).get(type) ?? {};
    },
  };
}

async function describe(client: CloudFormationClient, name: string, region: string): Promise<Stack> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    if (stack !== undefined) return stack;
  } catch (error) {
    // CloudFormation has no specific error for a missing stack.
    const missing =
      error instanceof Error && error.name === "ValidationError" && error.message.includes("does not exist");
    if (!missing) throw toDeploymentError(error, "cloudformation:DescribeStacks") ?? error;
  }
  throw new DeploymentError(
    "no_stack",
    `There is no stack ${name} in ${region} of this account. Set AWS_REGION for another region, AWS_PROFILE for another account.`,
  );
}

async function listResources(StackName: string, region: string) {
  const client = new CloudFormationClient({ region });
  const byType = new Map<string, Record<string, string>>();
  try {
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ??
        []) {
        if (ResourceType === undefined || LogicalResourceId === undefined) continue;
        const resources = byType.get(ResourceType) ?? {};
        byType.set(ResourceType, { ...resources, [LogicalResourceId]: PhysicalResourceId ?? "" });
      }
    }
  } catch (error) {
    throw toDeploymentError(error, "cloudformation:ListStackResources") ?? error;
  } finally {
    client.destroy();
  }
  return byType;
}
