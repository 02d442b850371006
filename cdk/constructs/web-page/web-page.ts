import type { RemovalPolicy } from "aws-cdk-lib";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { WEB_PAGE } from "../../../wiring/build-directories.ts";
import type { TokenIssuer } from "../auth/token-issuer.ts";
import { CognitoSignIn } from "./cognito-sign-in.ts";
import { issuerSignIn, type PageSignIn } from "./page-sign-in.ts";
import { PageSite } from "./page-site.ts";
import { PageUpload } from "./page-upload.ts";
import { type WebPageOptions, webPageOptionsProblem } from "./web-page-options.ts";

export interface WebPageProps extends WebPageOptions {
  readonly tokens: TokenIssuer;
  readonly webSocketUrl: string;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** The chat as a web page. */
export class WebPage extends Construct {
  /** Origin of the page, as browsers send it in the header `Origin`. */
  readonly origin: string;
  /** URL of the page, which is also a redirect URI of the client it uses. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: WebPageProps) {
    super(scope, id);
    const { tokens, webSocketUrl, logRetention, removalPolicy } = props;
    const signIn = this.#signIn(props);
    const site = new PageSite(this, "Site", {
      domain: props.domain,
      sources: [webSocketUrl, ...signIn.sources],
    });
    this.origin = site.origin;
    this.url = `${site.origin}/`;
    tokens.users?.signInFrom(this.url);
    new PageUpload(this, "Upload", {
      bucket: site.bucket,
      folder: props.folder ?? WEB_PAGE,
      config: {
        signIn: "oidc",
        webSocketUrl,
        issuer: tokens.issuer,
        userClaim: tokens.userClaim,
        ...signIn.client,
        ...(props.inspector !== undefined && { inspector: props.inspector }),
      },
      logRetention,
      removalPolicy,
    });
  }

  #signIn({ tokens, ...options }: WebPageProps): PageSignIn {
    const problem = webPageOptionsProblem(options, tokens.users !== undefined);
    if (problem === undefined) {
      if (tokens.users) return new CognitoSignIn(this, "SignIn", tokens.users, options.signInPrefix);
      if (options.client) return issuerSignIn(tokens, options.client);
    }
    throw new Error(`${this.node.path}: ${problem}`);
  }
}
