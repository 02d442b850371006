import { CfnResource } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Names in the template, for ever, a resource that must not be replaced. CDK derives logical ids from the construct
 * path, so moving a construct would otherwise replace the resource, and with it what it holds.
 */
export function fixLogicalId(construct: IConstruct, logicalId: string): void {
  const resource = construct.node.defaultChild;
  if (!CfnResource.isCfnResource(resource)) throw new Error(`${construct.node.path} is not one resource`);
  resource.overrideLogicalId(logicalId);
}
