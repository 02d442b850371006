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

/** Returns the sources of the policy by directive. */
function policyOf(stack: Synthesized): Record<string, string[]> {
  const { ContentSecurityPolicy } = headersOf(stack).SecurityHeadersConfig.ContentSecurityPolicy;
  const directives = rendered(ContentSecurityPolicy).split("; ");
  return Object.fromEntries(
    directives.map((directive) => directive.split(" ")).map(([name = "", ...sources]) => [name, sources]),
  );
}

/** Returns the deployment of the assets and the deployment of the files that refer to them. */
function uploadsOf(stack: Synthesized): [assets: Resource, named: Resource] {
  const uploads = Object.values(stack.ofType("Custom::CDKBucketDeployment"));
  const [assets, named, ...more] = uploads.sort(
    (a, b) => asList(b.Properties.Include).length - asList(a.Properties.Include).length,
  );
  if (assets === undefined || named === undefined || more.length > 0) throw new Error("not two uploads");
  return [assets, named];
}

/** Returns the page's configuration as it will be in the bucket. */
function configOf(stack: Synthesized): WebPageConfig {
  const { SourceObjectKeys, SourceMarkers } = uploadsOf(stack)[1].Properties;
  const asset = `asset.${SourceObjectKeys[1].replace(/\.zip$/, "")}`;
  const text = readFileSync(join(stack.app.outdir, asset, WEB_PAGE_CONFIG_FILE), "utf8");
  const values = Object.entries(SourceMarkers[1]);
  return JSON.parse(
    values.reduce((filled, [marker, value]) => filled.replace(marker, rendered(value)), text),
  );
}

test("the page is off by default, and the command line can turn it on", () => {
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

  test("are readable only by this distribution, and only over TLS", () => {
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

  test("are deleted with the stack even where data is kept, because a build recreates them", () => {
    expect(only(synthesizeWith({ web: "on" }, "prod"), "AWS::S3::Bucket")[1].DeletionPolicy).toBe("Delete");
    expect(Object.keys(on.ofType("Custom::S3AutoDeleteObjects"))).toHaveLength(1);
  });

  test("are cached if their names contain a hash, and revalidated each time if not", () => {
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

  test("are uploaded before the files that refer to them, and those of the previous version stay", () => {
    const [assets, named] = uploadsOf(on);
    const [assetsId] =
      Object.entries(on.ofType("Custom::CDKBucketDeployment")).find(([, upload]) => upload === assets) ?? [];
    expect(named).toHaveProperty("DependsOn", expect.arrayContaining([assetsId]));
    expect(assets.Properties.Prune).toBe(false);
  });
});

describe("CloudFront", () => {
  test("serves them over HTTPS only, compressed, with index.html at the root", () => {
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

  test("answers that a missing file does not exist, because the page's own addresses are behind a #", () => {
    expect(distributionOf(on)).not.toHaveProperty("CustomErrorResponses");
  });

  test("tells browsers to use HTTPS for a year, not to sniff types and to send no referrer", () => {
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

  test("keeps pages that open it away from its window, and devices away from it", () => {
    const { Items } = headersOf(on).CustomHeadersConfig;
    const custom = Object.fromEntries(
      Items.map((item: { Header: string; Value: string }) => [item.Header, item.Value]),
    );
    expect(custom).toMatchObject({
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Permissions-Policy": expect.stringMatching(/camera=\(\).*geolocation=\(\).*microphone=\(\)/),
    });
    for (const { Override } of Items) expect(Override).toBe(true);
  });

  test("is global, so its names contain the stack and its region", () => {
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
  test("allows only the page's own files, and no site to frame it", () => {
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
      "require-trusted-types-for": ["'script'"],
      "trusted-types": ["'none'"],
    });
  });

  test("lets it connect to the chat and to its own user pool, but not to Cognito's API for other pools", () => {
    expect(policyOf(on)["connect-src"]).toEqual([
      "'self'",
      SOCKET,
      "https://cognito-idp.AWS::Region.AWS::URLSuffix/UserPool/",
      "https://SignInDomain.auth.AWS::Region.amazoncognito.com",
    ]);
  });

  test("lets it connect to an external issuer and the listed origins", () => {
    expect(policyOf(elsewhere)["connect-src"]).toEqual([
      "'self'",
      SOCKET,
      "https://login.example.net",
      "https://token.example.net",
    ]);
  });

  test("lets it connect to a user pool of another stack, but not to Cognito's API for other pools", () => {
    const issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aB3";
    const web = {
      client: { clientId: "page", origins: ["https://our.auth.eu-central-1.amazoncognito.com"] },
    };
    const sources = policyOf(synthesizeWith({ tokens: { issuer, audience: "page" }, web }))["connect-src"];
    expect(sources?.slice(2)).toEqual([`${issuer}/`, "https://our.auth.eu-central-1.amazoncognito.com"]);
  });

  test("uses the chat's custom domain, if it has one", () => {
    const certificateArn = "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b";
    const stack = synthesizeWith({ web: "on", domain: { name: "chat.example.com", certificateArn } });
    expect(policyOf(stack)["connect-src"]).toContain("wss://chat.example.com");
    expect(configOf(stack)).toMatchObject({ webSocketUrl: "wss://chat.example.com" });
  });
});

describe("with the user pool of the chat", () => {
  const [, domain] = only(on, "AWS::Cognito::UserPoolDomain");
  const client = on.ofType("AWS::Cognito::UserPoolClient").UserPoolClient?.Properties;

  test("the page's configuration names the pool and the client whose tokens open connections", () => {
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

  test("the configuration can offer the inspector", () => {
    expect(configOf(synthesizeWith({ web: { inspector: true } }))).toEqual({
      ...configOf(on),
      inspector: true,
    });
  });

  test("codes are sent only to the page, and not to localhost", () => {
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

  test("the client is otherwise the same as without the page, so signing in from a terminal still works", () => {
    const before = synthesizeWith({}).ofType("AWS::Cognito::UserPoolClient").UserPoolClient?.Properties;
    expect(client?.ExplicitAuthFlows).toEqual(before?.ExplicitAuthFlows);
    expect(Object.keys(before ?? {}).filter((key) => client?.[key] === undefined)).toEqual([]);
  });

  test("the pool has sign-in pages, with a prefix unique to the stack and the style they need", () => {
    expect(rendered(domain.Properties.Domain)).toBe("parley-AWS::StackId[2]");
    expect(domain.Properties.ManagedLoginVersion).toBe(2);
    const [, style] = only(on, "AWS::Cognito::ManagedLoginBranding");
    expect(rendered(style.Properties.ClientId)).toBe("UserPoolClient");
    expect(style.Properties.UseCognitoProvidedValues).toBe(true);
  });

  test("the prefix of the sign-in pages can be chosen", () => {
    const chosen = synthesizeWith({ web: { signInPrefix: "our-chat" } });
    expect(only(chosen, "AWS::Cognito::UserPoolDomain")[1].Properties.Domain).toBe("our-chat");
  });
});

describe("with an external issuer", () => {
  test("the page's configuration names the issuer and requests tokens for the chat's audience", () => {
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

  test("nothing is created in Cognito", () => {
    const types = Object.values<Resource>(elsewhere.template.toJSON().Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith("AWS::Cognito::"))).toEqual([]);
  });

  test("an audience equal to the client id is not requested, and the sign-out URL can be set", () => {
    const logoutUrl = "https://login.example.net/logout";
    const web = { client: { clientId: ISSUER.audience, logoutUrl } };
    const config = configOf(synthesizeWith({ tokens: ISSUER, web }));
    expect(config).toMatchObject({ clientId: ISSUER.audience, scope: "openid", logoutUrl });
    expect(config).not.toHaveProperty("audience");
  });

  test("the client can be set on the command line, like the issuer", () => {
    const stack = synthesize({ web: "on", ...ISSUER, clientId: "page" });
    expect(configOf(stack)).toMatchObject({ issuer: ISSUER.issuer, clientId: "page" });
  });
});

describe("the allowed origins", () => {
  const originsOf = (stack: Synthesized) =>
    rendered(
      stack.ofType("AWS::Lambda::Function")[stack.functionId("authorize")]?.Properties.Environment.Variables
        .PARLEY_ALLOWED_ORIGINS,
    );

  test("are all origins if none is listed", () => {
    expect(originsOf(on)).toBe("*");
  });

  test("include the chat's own page besides those listed, without a dependency cycle", () => {
    // Page → client → page, and page → policy → API: a cycle in the template would be an error of Template.fromStack.
    const stack = synthesizeWith({ web: "on", allowedOrigins: ["https://other.example.com"] });
    expect(originsOf(stack)).toBe("https://other.example.com,https://WebDistribution");
  });
});

describe("a custom domain", () => {
  const stack = synthesizeWith({ web: { domain: DOMAIN } });

  test("is the page's address, with its certificate and at least TLS 1.2", () => {
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

  test("gets alias records for IPv4 and IPv6 if a hosted zone is given", () => {
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
