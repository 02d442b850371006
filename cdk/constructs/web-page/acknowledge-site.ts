import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { WebPageDomain } from "./page-options.ts";

/** Why the page is served as it is, for whoever checks the app with cdk-nag. */
export function acknowledgeSite(
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
