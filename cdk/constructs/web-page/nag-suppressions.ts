import { Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";
import { suppressResourceFindings } from "../functions/nag-suppressions.ts";
import type { WebPageDomain } from "./web-page-options.ts";

const ACTIONS = ["s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:Abort*"];

/**
 * Suppresses cdk-nag's findings about the function that uploads the page. It is CDK's own function for all such uploads
 * of a stack, and runs while CloudFormation deploys.
 */
export function suppressUploadFindings(role: IConstruct, buckets: readonly IBucket[]): void {
  Validations.of(role).acknowledge(
    {
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
      reason: "CDK gives its function the standard permission to write its own log.",
    },
    ...ACTIONS.map((action) => ({
      id: `AwsSolutions-IAM5[Action::${action}]`,
      reason: "CDK grants what its function needs, now and in later versions, on these buckets only.",
    })),
  );
  suppressResourceFindings(
    role,
    buckets.map((bucket) => bucket.arnForObjects("*")),
    "It reads what CDK has uploaded for this stack, and writes the files of the page.",
  );
  const { scope: uploader } = role.node;
  if (uploader === undefined) return;
  Validations.of(uploader).acknowledge({
    id: "AwsSolutions-L1",
    reason: "Its code in aws-cdk-lib is written for and tested on this runtime.",
  });
}

/** Suppresses cdk-nag's findings about the bucket and the distribution that serve the page. */
export function suppressSiteFindings(
  bucket: IConstruct,
  distribution: IConstruct,
  domain: WebPageDomain | undefined,
): void {
  Validations.of(bucket).acknowledge({
    id: "AwsSolutions-S1",
    reason: "Only CloudFront reads it, and it holds only the page, which is the same for everybody.",
  });
  Validations.of(distribution).acknowledge(
    {
      id: "AwsSolutions-CFR1",
      reason: "A chat is for people everywhere; access is controlled by tokens.",
    },
    {
      id: "AwsSolutions-CFR2",
      reason: "Public static files need no protection by AWS WAF, which is billed by the month.",
    },
    {
      id: "AwsSolutions-CFR3",
      reason: "It would list people's addresses; the WebSocket API's access log has what is worth knowing.",
    },
  );
  if (domain !== undefined) return;
  Validations.of(distribution).acknowledge({
    id: "AwsSolutions-CFR4",
    reason:
      "CloudFront sets the TLS version of its default name; with a custom domain TLS 1.2 is the minimum.",
  });
}
