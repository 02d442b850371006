import { Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";
import { acknowledgeResources } from "../functions/nag-suppressions.ts";

const ACTIONS = ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:Abort*"];

/**
 * Why the function that uploads may do what it may, for whoever checks the app with cdk-nag. It is CDK's own, for all such
 * uploads of a stack, and runs while CloudFormation deploys.
 */
export function acknowledgeUpload(role: IConstruct, buckets: readonly IBucket[]): void {
  Validations.of(role).acknowledge(
    {
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
      reason: "CDK gives its function what every function may have: to write its own log.",
    },
    ...ACTIONS.map((action) => ({
      id: `AwsSolutions-IAM5[Action::${action}]`,
      reason: "CDK grants what its function needs, now and in later versions, on these buckets alone.",
    })),
  );
  acknowledgeResources(
    role,
    buckets.map((bucket) => bucket.arnForObjects("*")),
    "It reads whatever CDK has uploaded for this stack, and writes whatever the page consists of.",
  );
  const { scope: uploader } = role.node;
  if (uploader === undefined) return;
  Validations.of(uploader).acknowledge({
    id: "AwsSolutions-L1",
    reason: "Its runtime is the one its code in aws-cdk-lib is written for and tested on.",
  });
}
