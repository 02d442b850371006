import { Duration, type RemovalPolicy } from "aws-cdk-lib";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { BucketDeployment, CacheControl, Source } from "aws-cdk-lib/aws-s3-deployment";
import { Construct } from "constructs";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../../wiring/web-page.ts";
import { suppressUploadFindings } from "./nag-suppressions.ts";

export interface PageUploadProps {
  readonly bucket: IBucket;
  /** The built page. */
  readonly folder: string;
  readonly config: WebPageConfig;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Files whose name contains a hash of their content. */
const ASSETS = "assets/*";

/** Uploads the page and its configuration to the bucket. */
export class PageUpload extends Construct {
  constructor(scope: Construct, id: string, props: PageUploadProps) {
    super(scope, id);
    const { bucket, folder, config, logRetention, removalPolicy } = props;
    const built = new Asset(this, "Built", { path: folder });
    const page = Source.bucket(built.bucket, built.s3ObjectKey);
    const shared = {
      destinationBucket: bucket,
      logGroup: new LogGroup(this, "Logs", { retention: logRetention, removalPolicy }),
    };
    const assets = new BucketDeployment(this, "Assets", {
      ...shared,
      sources: [page],
      exclude: ["*"],
      include: [ASSETS],
      // Assets of earlier versions stay: an open page may still load them.
      prune: false,
      cacheControl: [
        CacheControl.setPublic(),
        CacheControl.maxAge(Duration.days(365)),
        CacheControl.immutable(),
      ],
    });
    // Files that refer to assets are uploaded after them. Browsers revalidate them each time and CloudFront after a
    // second, so no invalidation is needed.
    const named = new BucketDeployment(this, "Named", {
      ...shared,
      sources: [page, Source.jsonData(WEB_PAGE_CONFIG_FILE, config)],
      exclude: [ASSETS],
      cacheControl: [CacheControl.noCache()],
    });
    named.node.addDependency(assets);
    suppressUploadFindings(assets.handlerRole, [built.bucket, bucket]);
  }
}
