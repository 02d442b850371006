import { Aws, Names } from "aws-cdk-lib";
import type { Construct } from "constructs";

/**
 * Returns a name of at most 64 characters that includes the region. CloudFront is global, and the name that CDK makes
 * would collide with that of the same stack in another region.
 */
export function globalName(scope: Construct): string {
  return `${Names.uniqueResourceName(scope, { maxLength: 40, separator: "-" })}-${Aws.REGION}`;
}
