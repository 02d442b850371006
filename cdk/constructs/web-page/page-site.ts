import { RemovalPolicy } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  CachePolicy,
  Distribution,
  HttpVersion,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { AaaaRecord, ARecord } from "aws-cdk-lib/aws-route53";
import { CloudFrontTarget } from "aws-cdk-lib/aws-route53-targets";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { aliasRecord } from "../api/dns-alias.ts";
import { fixLogicalId } from "../data/fixed-logical-id.ts";
import { globalName } from "./global-name.ts";
import { suppressSiteFindings } from "./nag-suppressions.ts";
import { PageHeaders } from "./page-headers.ts";
import type { WebPageDomain } from "./web-page-options.ts";

export interface PageSiteProps {
  readonly domain: WebPageDomain | undefined;
  /** Origins that the page may connect to besides its own, as sources of a Content-Security-Policy. */
  readonly sources: readonly string[];
}

/** A bucket that only CloudFront can read, and the distribution in front of it. */
export class PageSite extends Construct {
  readonly bucket: Bucket;
  /** Origin of the page, as browsers send it: `https://d111111abcdef8.cloudfront.net`. */
  readonly origin: string;

  constructor(scope: Construct, id: string, { domain, sources }: PageSiteProps) {
    super(scope, id);
    this.bucket = new Bucket(this, "Files", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // The next deployment creates the files again, so they are deleted even where data is kept.
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    const originAccessControl = new S3OriginAccessControl(this, "Access", {
      originAccessControlName: globalName(this),
    });
    const distribution = new Distribution(this, "Distribution", {
      defaultRootObject: "index.html",
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket, { originAccessControl }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        // Cached as long as each file's headers say, and compressed.
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: new PageHeaders(this, "Headers", sources),
      },
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(domain && {
        domainNames: [domain.name],
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      }),
    });
    // Replacing the distribution would change the address, and people keep the one they have.
    fixLogicalId(distribution, "WebDistribution");
    suppressSiteFindings(this.bucket, distribution, domain);

    const alias = domain && aliasRecord(this, domain, new CloudFrontTarget(distribution));
    if (alias !== undefined) {
      new ARecord(this, "Alias", alias);
      new AaaaRecord(this, "AliasIpv6", alias);
    }
    this.origin = `https://${domain?.name ?? distribution.distributionDomainName}`;
  }
}
