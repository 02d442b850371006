import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { WEB_PAGE_CONFIG_FILE, type WebPageConfig } from "../../wiring/web-page.ts";
import {
  asList,
  type Resource,
  rendered,
  type Synthesized,
  synthesize,
  synthesizeWith,
} from "./synthesized.ts";

const SOCKET = "wss://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/dev";
const DOMAIN = {
  name: "app.example.com",
  certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0a1b",
  hostedZone: { id: "Z1", name: "example.com" },
};
const ISSUER = { issuer: "https://login.example.net/", audience: "https://chat.example.net" };

const on = synthesizeWith({ web: "on" });
const elsewhere = synthesizeWith({
  tokens: ISSUER,
  web: {
    client: { clientId: "page", scope: "openid offline_access", origins: ["https://token.example.net"] },
  },
});

function only(stack: Synthesized, type: string): [id: string, resource: Resource] {
  const [first, ...more] = Object.entries(stack.ofType(type));
  if (first === undefined || more.length > 0) throw new Error(`not one ${type}`);
  return first;
}

const distributionOf = (stack: Synthesized) =>
  only(stack, "AWS::CloudFront::Distribution")[1].Properties.DistributionConfig;
const headersOf = (stack: Synthesized) =>
  only(stack, "AWS::CloudFront::ResponseHeadersPolicy")[1].Properties.ResponseHeadersPolicyConfig;
const urlOf = (stack: Synthesized) => rendered(stack.template.findOutputs("*").WebUrl?.Value);

/** By directive. */
function policyOf(stack: Synthesized): Record<string, string[]> {
  const { ContentSecurityPolicy } = headersOf(stack).SecurityHeadersConfig.ContentSecurityPolicy;
  const directives = rendered(ContentSecurityPolicy).split("; ");
  return Object.fromEntries(
    directives.map((directive) => directive.split(" ")).map(([name = "", ...sources]) => [name, sources]),
  );
}

/** Those of the assets, and those of what names them. */
function uploadsOf(stack: Synthesized): [assets: Resource, named: Resource] {
  const uploads = Object.values(stack.ofType("Custom::CDKBucketDeployment"));
  const [assets, named, ...more] = uploads.sort(
    (a, b) => asList(b.Properties.Include).length - asList(a.Properties.Include).length,
  );
  if (assets === undefined || named === undefined || more.length > 0) throw new Error("not two uploads");
  return [assets, named];
}

/** As it will be in the bucket. */
function configOf(stack: Synthesized): WebPageConfig {
  const { SourceObjectKeys, SourceMarkers } = uploadsOf(stack)[1].Properties;
  const asset = `asset.${SourceObjectKeys[1].replace(/\.zip$/, "")}`;
  const text = readFileSync(join(stack.app.outdir, asset, WEB_PAGE_CONFIG_FILE), "utf8");
  const values = Object.entries(SourceMarkers[1]);
  return JSON.parse(
    values.reduce((filled, [marker, value]) => filled.replace(marker, rendered(value)), text),
  );
}

test("there is none unless it is asked for, and the command line can ask for it", () => {
  for (const env of ["dev", "staging", "prod"]) {
    expect(synthesize({ env }).template.findOutputs("*")).not.toHaveProperty("WebUrl");
  }
  expect(synthesize({ web: "on" }).template.toJSON()).toEqual(on.template.toJSON());
  expect(urlOf(on)).toBe("https://WebDistribution/");
});

describe("its files", () => {
  const [bucketId, bucket] = only(on, "AWS::S3::Bucket");

  test("are in a bucket that is encrypted and cannot be made public", () => {
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
    });
    expect(bucket.Properties).not.toHaveProperty("WebsiteConfiguration");
  });

  test("are read by this distribution and by nobody else, and by nobody without TLS", () => {
    const { PolicyDocument } = only(on, "AWS::S3::BucketPolicy")[1].Properties;
    const [withoutTls, emptied, read, ...more] = PolicyDocument.Statement;
    expect(more).toEqual([]);
    expect(withoutTls).toMatchObject({
      Effect: "Deny",
      Action: "s3:*",
      Principal: { AWS: "*" },
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(rendered(emptied.Principal.AWS)).toMatch(/^CustomS3AutoDeleteObjects/);
    expect(read).toMatchObject({
      Effect: "Allow",
      Action: "s3:GetObject",
      Principal: { Service: "cloudfront.amazonaws.com" },
    });
    expect(rendered(read.Condition.StringEquals["AWS:SourceArn"])).toBe(
      `arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/WebDistribution`,
    );
    const [origin] = distributionOf(on).Origins;
    expect(rendered(origin.DomainName)).toBe(bucketId);
    expect(rendered(origin.OriginAccessControlId)).toBe(only(on, "AWS::CloudFront::OriginAccessControl")[0]);
    expect(
      only(on, "AWS::CloudFront::OriginAccessControl")[1].Properties.OriginAccessControlConfig,
    ).toMatchObject({
      SigningBehavior: "always",
      SigningProtocol: "sigv4",
    });
  });

  test("go with the stack, also where data is kept: they are made again from the sources", () => {
    expect(only(synthesizeWith({ web: "on" }, "prod"), "AWS::S3::Bucket")[1].DeletionPolicy).toBe("Delete");
    expect(Object.keys(on.ofType("Custom::S3AutoDeleteObjects"))).toHaveLength(1);
  });

  test("stay in caches if their names change with their content, and are asked for each time if not", () => {
    const [assets, named] = uploadsOf(on);
    expect(assets.Properties).toMatchObject({
      Exclude: ["*"],
      Include: ["assets/*"],
      SystemMetadata: { "cache-control": "public, max-age=31536000, immutable" },
    });
    expect(named.Properties).toMatchObject({
      Exclude: ["assets/*"],
      SystemMetadata: { "cache-control": "no-cache" },
    });
  });

  test("arrive before what names them, and those of the version before stay", () => {
    const [assets, named] = uploadsOf(on);
    const [assetsId] =
      Object.entries(on.ofType("Custom::CDKBucketDeployment")).find(([, upload]) => upload === assets) ?? [];
    expect(named).toHaveProperty("DependsOn", expect.arrayContaining([assetsId]));
    expect(assets.Properties.Prune).toBe(false);
  });
});

describe("CloudFront", () => {
  test("serves them by HTTPS alone, compressed, and begins with index.html", () => {
    const distribution = distributionOf(on);
    expect(distribution).toMatchObject({
      DefaultRootObject: "index.html",
      HttpVersion: "http2and3",
      IPV6Enabled: true,
      DefaultCacheBehavior: { ViewerProtocolPolicy: "redirect-to-https", Compress: true },
    });
    expect(rendered(distribution.DefaultCacheBehavior.ResponseHeadersPolicyId)).toBe(
      only(on, "AWS::CloudFront::ResponseHeadersPolicy")[0],
    );
  });

  test("says that a file does not exist if it does not: the page's own addresses are behind a #", () => {
    expect(distributionOf(on)).not.toHaveProperty("CustomErrorResponses");
  });

  test("tells browsers to use HTTPS for a year, to guess no types and to tell other sites nothing", () => {
    expect(headersOf(on).SecurityHeadersConfig).toMatchObject({
      StrictTransportSecurity: {
        AccessControlMaxAgeSec: 31_536_000,
        IncludeSubdomains: false,
        Override: true,
      },
      ContentTypeOptions: { Override: true },
      ReferrerPolicy: { ReferrerPolicy: "no-referrer", Override: true },
    });
  });

  test("has no regions, so that what it must know by one name is named after the stack and its region", () => {
    const names = (["dev", "staging"] as const).map((environment) => {
      const stack = synthesizeWith({ web: "on" }, environment);
      const access = only(stack, "AWS::CloudFront::OriginAccessControl")[1].Properties
        .OriginAccessControlConfig;
      return [headersOf(stack).Name, access.Name].map(rendered);
    });
    for (const name of names.flat()) expect(name).toMatch(/^parley(dev|staging)-[\w-]{1,40}-AWS::Region$/);
    expect(names[0]).not.toEqual(names[1]);
  });
});

describe("the Content-Security-Policy", () => {
  test("lets nothing in that is not the page's own, and nobody frame it", () => {
    const { "connect-src": _, ...policy } = policyOf(on);
    expect(policy).toEqual({
      "default-src": ["'none'"],
      "script-src": ["'self'"],
      "style-src": ["'self'"],
      "img-src": ["'self'", "data:"],
      "font-src": ["'self'"],
      "base-uri": ["'none'"],
      "form-action": ["'none'"],
      "frame-ancestors": ["'none'"],
    });
  });

  test("lets it talk to the chat and to its own user pool, and not to Cognito's API for others", () => {
    expect(policyOf(on)["connect-src"]).toEqual([
      "'self'",
      SOCKET,
      "https://cognito-idp.AWS::Region.AWS::URLSuffix/UserPool/",
      "https://SignInDomain.auth.AWS::Region.amazoncognito.com",
    ]);
  });

  test("or to an issuer of one's own, and the origins that are named besides", () => {
    expect(policyOf(elsewhere)["connect-src"]).toEqual([
      "'self'",
      SOCKET,
      "https://login.example.net",
      "https://token.example.net",
    ]);
  });

  test("or to a user pool of another stack, and as little of the API for others", () => {
    const issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aB3";
    const web = {
      client: { clientId: "page", origins: ["https://our.auth.eu-central-1.amazoncognito.com"] },
    };
    const sources = policyOf(synthesizeWith({ tokens: { issuer, audience: "page" }, web }))["connect-src"];
    expect(sources?.slice(2)).toEqual([`${issuer}/`, "https://our.auth.eu-central-1.amazoncognito.com"]);
  });

  test("names the chat by its own name, if it has one", () => {
    const certificateArn = "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b";
    const stack = synthesizeWith({ web: "on", domain: { name: "chat.example.com", certificateArn } });
    expect(policyOf(stack)["connect-src"]).toContain("wss://chat.example.com");
    expect(configOf(stack)).toMatchObject({ webSocketUrl: "wss://chat.example.com" });
  });
});

describe("with the user pool of the chat", () => {
  const [, domain] = only(on, "AWS::Cognito::UserPoolDomain");
  const client = on.ofType("AWS::Cognito::UserPoolClient").UserPoolClient?.Properties;

  test("the page is told to sign in there, as the client whose tokens open connections", () => {
    expect(configOf(on)).toEqual({
      signIn: "oidc",
      webSocketUrl: SOCKET,
      issuer: "https://cognito-idp.AWS::Region.AWS::URLSuffix/UserPool",
      clientId: "UserPoolClient",
      scope: "openid",
      userClaim: "username",
      logoutUrl: "https://SignInDomain.auth.AWS::Region.amazoncognito.com/logout",
    });
  });

  test("codes are sent to the page and nowhere else, least of all to this machine", () => {
    expect(client).toMatchObject({
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["code"],
      AllowedOAuthScopes: ["openid"],
      GenerateSecret: false,
      SupportedIdentityProviders: ["COGNITO"],
    });
    expect(client?.CallbackURLs.map(rendered)).toEqual([urlOf(on)]);
    expect(client?.LogoutURLs.map(rendered)).toEqual([urlOf(on)]);
  });

  test("all else of the client is as without the page: who signs in from a terminal still can", () => {
    const before = synthesizeWith({}).ofType("AWS::Cognito::UserPoolClient").UserPoolClient?.Properties;
    expect(client?.ExplicitAuthFlows).toEqual(before?.ExplicitAuthFlows);
    expect(Object.keys(before ?? {}).filter((key) => client?.[key] === undefined)).toEqual([]);
  });

  test("the pool has sign-in pages, at a name that is the stack's alone, in a style, without which there are none", () => {
    expect(rendered(domain.Properties.Domain)).toBe("parley-AWS::StackId[2]");
    expect(domain.Properties.ManagedLoginVersion).toBe(2);
    const [, style] = only(on, "AWS::Cognito::ManagedLoginBranding");
    expect(rendered(style.Properties.ClientId)).toBe("UserPoolClient");
    expect(style.Properties.UseCognitoProvidedValues).toBe(true);
  });

  test("or at a name of one's own choice", () => {
    const chosen = synthesizeWith({ web: { signInPrefix: "our-chat" } });
    expect(only(chosen, "AWS::Cognito::UserPoolDomain")[1].Properties.Domain).toBe("our-chat");
  });
});

describe("with an issuer of one's own", () => {
  test("the page is told to sign in there, and to ask for tokens that are for the chat", () => {
    expect(configOf(elsewhere)).toEqual({
      signIn: "oidc",
      webSocketUrl: SOCKET,
      issuer: ISSUER.issuer,
      clientId: "page",
      scope: "openid offline_access",
      userClaim: "sub",
      audience: ISSUER.audience,
    });
  });

  test("nothing is made in Cognito", () => {
    const types = Object.values<Resource>(elsewhere.template.toJSON().Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith("AWS::Cognito::"))).toEqual([]);
  });

  test("tokens that are for the client need not be asked for, and where to sign out can be said", () => {
    const logoutUrl = "https://login.example.net/logout";
    const web = { client: { clientId: ISSUER.audience, logoutUrl } };
    const config = configOf(synthesizeWith({ tokens: ISSUER, web }));
    expect(config).toMatchObject({ clientId: ISSUER.audience, scope: "openid", logoutUrl });
    expect(config).not.toHaveProperty("audience");
  });

  test("the client can be named on the command line, as the issuer can", () => {
    const stack = synthesize({ web: "on", ...ISSUER, clientId: "page" });
    expect(configOf(stack)).toMatchObject({ issuer: ISSUER.issuer, clientId: "page" });
  });
});

describe("whose pages may connect", () => {
  const originsOf = (stack: Synthesized) =>
    rendered(
      stack.ofType("AWS::Lambda::Function")[stack.functionId("authorize")]?.Properties.Environment.Variables
        .PARLEY_ALLOWED_ORIGINS,
    );

  test("is all, as long as no origin is listed", () => {
    expect(originsOf(on)).toBe("*");
  });

  test("is the chat's own besides those that are listed; nothing waits for itself by that", () => {
    // Page → client → page, and page → policy → API: a cycle in the template would be an error of Template.fromStack.
    const stack = synthesizeWith({ web: "on", allowedOrigins: ["https://other.example.com"] });
    expect(originsOf(stack)).toBe("https://other.example.com,https://WebDistribution");
  });
});

describe("a domain of one's own", () => {
  const stack = synthesizeWith({ web: { domain: DOMAIN } });

  test("is where the page is, with its certificate and no TLS before 1.2", () => {
    expect(urlOf(stack)).toBe("https://app.example.com/");
    expect(distributionOf(stack)).toMatchObject({
      Aliases: ["app.example.com"],
      ViewerCertificate: {
        AcmCertificateArn: DOMAIN.certificateArn,
        MinimumProtocolVersion: "TLSv1.2_2021",
        SslSupportMethod: "sni-only",
      },
    });
    const client = stack.ofType("AWS::Cognito::UserPoolClient").UserPoolClient?.Properties;
    expect(client?.CallbackURLs).toEqual(["https://app.example.com/"]);
  });

  test("is an alias in its zone, where that is given, for IPv4 and IPv6", () => {
    const records = Object.values(stack.ofType("AWS::Route53::RecordSet")).map(
      ({ Properties }) => Properties,
    );
    expect(records.map(({ Type }) => Type).sort()).toEqual(["A", "AAAA"]);
    for (const record of records) {
      expect(record).toMatchObject({ Name: "app.example.com.", HostedZoneId: "Z1" });
      expect(rendered(record.AliasTarget.DNSName)).toBe("WebDistribution");
    }
    const { hostedZone: _, ...domain } = DOMAIN;
    expect(synthesizeWith({ web: { domain } }).ofType("AWS::Route53::RecordSet")).toEqual({});
  });
});
