import { CfnResource } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Fixes the logical id of a resource that must never be replaced. CDK derives logical ids from the construct path, so
 * moving a construct would otherwise replace the resource and lose its data.
 */
export function fixLogicalId(construct: IConstruct, logicalId: string): void {
  const resource = construct.node.defaultChild;
  if (!CfnResource.isCfnResource(resource))
    throw new Error(`${construct.node.path} is not a single resource`);
  resource.overrideLogicalId(logicalId);
}
