import { Duration } from "aws-cdk-lib";
import { HeadersReferrerPolicy, ResponseHeadersPolicy } from "aws-cdk-lib/aws-cloudfront";
import type { Construct } from "constructs";
import { webPageHeaders } from "../../../wiring/web-page-policy.ts";
import { globalName } from "./global-name.ts";

/** Security headers of every response. `sources` are the origins that the page may connect to. */
export class PageHeaders extends ResponseHeadersPolicy {
  constructor(scope: Construct, id: string, sources: readonly string[]) {
    const {
      "Content-Security-Policy": contentSecurityPolicy,
      "Referrer-Policy": _noReferrer,
      "X-Content-Type-Options": _nosniff,
      ...custom
    } = webPageHeaders(sources);
    super(scope, id, {
      responseHeadersPolicyName: globalName(scope),
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override: true },
        // This host only: other hosts below the domain are not ours to decide about.
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: false,
          override: true,
        },
        contentTypeOptions: { override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
      customHeadersBehavior: {
        customHeaders: Object.entries(custom).map(([header, value]) => ({ header, value, override: true })),
      },
    });
  }
}
