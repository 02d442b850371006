import { Duration } from "aws-cdk-lib";
import { HeadersReferrerPolicy, ResponseHeadersPolicy } from "aws-cdk-lib/aws-cloudfront";
import type { Construct } from "constructs";
import { webPagePolicy } from "../../../wiring/web-page-policy.ts";
import { globalName } from "./global-name.ts";

/** What every answer tells browsers; `sources` are what the page may talk to. */
export class PageHeaders extends ResponseHeadersPolicy {
  constructor(scope: Construct, id: string, sources: readonly string[]) {
    super(scope, id, {
      responseHeadersPolicyName: globalName(scope),
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: webPagePolicy(sources), override: true },
        // Of this host alone: what else has names below it is not ours to decide.
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: false,
          override: true,
        },
        contentTypeOptions: { override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
    });
  }
}
