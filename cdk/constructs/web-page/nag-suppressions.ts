import { Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";
import { suppressResourceFindings } from "../functions/nag-suppressions.ts";
import type { WebPageDomain } from "./web-page-options.ts";

const ACTIONS = ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:Abort*"];

/**
 * Why the function that uploads may do what it may, for whoever checks the app with cdk-nag. It is CDK's own, for all such
 * uploads of a stack, and runs while CloudFormation deploys.
 */
export function suppressUploadFindings(role: IConstruct, buckets: readonly IBucket[]): void {
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
  suppressResourceFindings(
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

/** Why the page is served as it is, for whoever checks the app with cdk-nag. */
export function suppressSiteFindings(
  bucket: IConstruct,
  distribution: IConstruct,
  domain: WebPageDomain | undefined,
): void {
  Validations.of(bucket).acknowledge({
    id: "AwsSolutions-S1",
    reason: "Nobody reads it but CloudFront, and it holds nothing but the page, the same for everybody.",
  });
  Validations.of(distribution).acknowledge(
    {
      id: "AwsSolutions-CFR1",
      reason: "A chat is for people wherever they are; who may not use it gets no token.",
    },
    {
      id: "AwsSolutions-CFR2",
      reason:
        "Files that are the same for everybody have nothing to protect, and AWS WAF is billed by the month.",
    },
    {
      id: "AwsSolutions-CFR3",
      reason:
        "It would be a list of people's addresses; what is worth knowing is in the WebSocket API's access log.",
    },
  );
  if (domain !== undefined) return;
  Validations.of(distribution).acknowledge({
    id: "AwsSolutions-CFR4",
    reason: "With the name CloudFront gives it decides; with one of one's own TLS 1.2 is the least.",
  });
}
