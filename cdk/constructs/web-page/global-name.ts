import { Aws, Names } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** At most 64 characters. CloudFront has no regions: the name CDK makes would be that of the same stack in another region. */
export function globalName(scope: Construct): string {
  return `${Names.uniqueResourceName(scope, { maxLength: 40, separator: "-" })}-${Aws.REGION}`;
}
