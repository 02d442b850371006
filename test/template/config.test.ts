import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  CONFIG_KEYS,
  type Config,
  ConfigError,
  environmentName,
  parseConfig,
  readConfig,
} from "../../cdk/config/config.ts";
import { withContextOptions } from "../../cdk/config/web-schema.ts";
import { synthesize } from "./synthesized.ts";

const OIDC = { issuer: "https://login.example.net/", audience: "my-app" };
const DOMAIN = {
  name: "chat.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0a1b",
};
const PAGE = {
  name: "app.example.com",
  certificateArn: "arn:aws:acm:us-east-1:111122223333:certificate/0a1b",
};
const VALID = readConfig("dev", () => undefined);

function refusal(change: Readonly<Record<string, unknown>>): string {
  try {
    parseConfig("dev", { ...VALID, ...change });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "accepted";
}

test("the default environment is dev", () => {
  expect(environmentName(undefined)).toBe("dev");
});

test.for(["production", "", "toString", 7])(
  "the unknown environment %s is refused with a list of the known ones",
  (name) => {
    expect(() => environmentName(name)).toThrow(
      new ConfigError(`Unknown environment "${name}"; use one of: dev, staging, prod.`),
    );
  },
);

test.for(["dev", "staging", "prod"] as const)("the configuration of %s is valid", (environment) => {
  expect(() => readConfig(environment, () => undefined)).not.toThrow();
});

test("an unknown key is refused by name", () => {
  expect(refusal({ colour: 7 })).toMatch(/"dev".*\n {2}colour: /);
});

describe("a bad value is refused with the name of its key:", () => {
  const CASES: [keyof Config | `${keyof Config}.${string}`, Readonly<Record<string, unknown>>][] = [
    ["tokens", { tokens: undefined }],
    ["tokens.issuer", { tokens: { ...OIDC, issuer: "issuer.example.com" } }],
    ["tokens.issuer", { tokens: { ...OIDC, issuer: "http://issuer.example.com" } }],
    ["tokens.issuer", { tokens: { ...OIDC, issuer: "http://localhost.example.com" } }],
    ["tokens.audience", { tokens: { ...OIDC, audience: "" } }],
    ["tokens.audience", { tokens: { issuer: OIDC.issuer } }],
    ["tokens.userClaim", { tokens: { ...OIDC, userClaim: "" } }],
    ["tokens.issuer", { tokens: { cognito: { selfSignUp: true }, issuer: OIDC.issuer } }],
    ["tokens.cognito.selfSignUp", { tokens: { cognito: {} } }],
    [
      "tokens.cognito.accessTokenMinutes",
      { tokens: { cognito: { selfSignUp: true, accessTokenMinutes: 4 } } },
    ],
    ["tokens.cognito.signUp", { tokens: { cognito: { selfSignUp: true, signUp: true } } }],
    ["allowedOrigins.0", { allowedOrigins: ["https://app.example.com/"] }],
    ["allowedOrigins.1", { allowedOrigins: ["https://app.example.com", "*"] }],
    ["domain.name", { domain: { ...DOMAIN, name: "https://chat.example.com" } }],
    ["domain.certificateArn", { domain: { ...DOMAIN, certificateArn: "arn:aws:iam::111122223333:cert" } }],
    ["domain.hostedZone.id", { domain: { ...DOMAIN, hostedZone: { name: "example.com" } } }],
    ["domain.name", { domain: { ...DOMAIN, hostedZone: { id: "Z1", name: "ample.com" } } }],
    ["web", { web: "yes" }],
    ["web.domain.certificateArn", { web: { domain: DOMAIN } }],
    ["web.domain.name", { web: { domain: { ...PAGE, hostedZone: { id: "Z1", name: "ample.com" } } } }],
    ["web", { domain: { ...DOMAIN, name: PAGE.name }, web: { domain: PAGE } }],
    ["web.signInPrefix", { web: { signInPrefix: "our-cognito" } }],
    ["web.signInPrefix", { web: { signInPrefix: "Our-Chat" } }],
    ["web", { web: { client: { clientId: "page" } } }],
    ["web", { tokens: OIDC, web: {} }],
    ["web", { tokens: OIDC, web: { signInPrefix: "our-chat", client: { clientId: "page" } } }],
    ["web.client.clientId", { tokens: OIDC, web: { client: { clientId: "" } } }],
    ["web.client.origins.0", { tokens: OIDC, web: { client: { clientId: "page", origins: ["*"] } } }],
    ["web.client.logoutUrl", { tokens: OIDC, web: { client: { clientId: "page", logoutUrl: "/out" } } }],
    ["restoredTable", { restoredTable: "no", epochFloor: 2 }],
    ["epochFloor", { restoredTable: "parley-restored" }],
    ["traffic", { traffic: "slow" }],
    ["ingest", { ingest: "both" }],
    ["alarms", { alarms: "on" }],
    ["alarms", { alarms: undefined }],
    ["alarms.emails.0", { alarms: { emails: ["nobody"] } }],
    ["alarms.email", { alarms: { email: "a@example.com" } }],
    ["tracing", { tracing: "yes" }],
    ["tags.aws:owner", { tags: { "aws:owner": "us" } }],
    ["tags.owner", { tags: { owner: "us & them" } }],
    ["reservedConcurrency.sned", { reservedConcurrency: { sned: 10 } }],
    ["reservedConcurrency.send", { reservedConcurrency: { send: 0 } }],
    ["reservedConcurrency", { reservedConcurrency: { commit: 49 } }],
    ["reservedConcurrency", { reservedConcurrency: { deliver: 49 } }],
    ["reservedConcurrency", { reservedConcurrency: { presence: 9 } }],
    ["reservedConcurrency", { reservedConcurrency: { "dead-letter": 1 } }],
    // The minimum is 64: four for each of sixteen lanes.
    ["reservedConcurrency", { lanes: 16, reservedConcurrency: { commit: 63 } }],
    ["retentionDays", { retentionDays: -1 }],
    ["whoMayAdd", { whoMayAdd: "nobody" }],
    ["epochFloor", { epochFloor: 0 }],
    ["epochFloor", { epochFloor: 1.5 }],
    ["data", { data: "maybe" }],
    ["logLevel", { logLevel: "info" }],
    ["logRetentionDays", { logRetentionDays: 8 }],
    ["apiGatewayLogRole", { apiGatewayLogRole: "yes" }],
    ["lanes", { lanes: 3 }],
    ["admissionDepth", { admissionDepth: 0 }],
    ["throttle.rateLimit", { throttle: { rateLimit: -1, burstLimit: 1 } }],
    ["throttle.burst", { throttle: { ...VALID.throttle, burst: 1 } }],
    ["maximumConcurrency.entries", { maximumConcurrency: { entries: 1, outbound: 2 } }],
  ];
  test.for(CASES)("%s %o", ([key, change]) => {
    const problems = refusal(change).split("\n").slice(1);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^ {2}${key}: \\S`));
  });
});

test("all problems are reported at once", () => {
  expect(refusal({ throttle: 1, data: "", epochFloor: 0 }).split("\n")).toHaveLength(4);
});

test("an issuer on this machine may use plain http, for emulators", () => {
  expect(refusal({ tokens: { ...OIDC, issuer: "http://127.0.0.1:8080/pool" } })).toBe("accepted");
});

test("an OIDC issuer on the command line replaces the user pool", () => {
  const stack = synthesize(OIDC);
  expect(
    stack.ofType("AWS::Lambda::Function")[stack.functionId("authorize")]?.Properties.Environment.Variables,
  ).toMatchObject({
    PARLEY_ISSUER: "https://login.example.net/",
    PARLEY_AUDIENCE: "my-app",
    PARLEY_USER_CLAIM: "sub",
  });
  expect(stack.ofType("AWS::Cognito::UserPool")).toEqual({});
});

test("an issuer on the command line without an audience is refused, and so is an audience without an issuer", () => {
  expect(() => synthesize({ issuer: OIDC.issuer })).toThrow(/\n {2}tokens\.audience: /);
  expect(() => synthesize({ audience: OIDC.audience })).toThrow(/\n {2}tokens\.issuer: /);
});

test("a page without a client at the OIDC issuer is refused, and the error says what it needs", () => {
  expect(() => synthesize({ ...OIDC, web: "on" })).toThrow(
    "\n  web: client is missing: set { clientId } of a public client at the issuer",
  );
});

describe("the page on the command line", () => {
  const chosen = (
    configured: Parameters<typeof withContextOptions>[0],
    given: Readonly<Record<string, string>>,
  ) => withContextOptions(configured, given);

  test("keeps the configured options", () => {
    expect(chosen({ domain: PAGE }, { web: "on" })).toEqual({ domain: PAGE });
    expect(chosen("off", { web: "on" })).toEqual({});
    expect(chosen(undefined, { web: "on" })).toEqual({});
  });

  test("can be turned off for one deployment", () => {
    expect(chosen({ domain: PAGE }, { web: "off" })).toBe("off");
  });

  test("can get another client than the configured one", () => {
    const configured = { client: { clientId: "page", scope: "openid email" } };
    expect(chosen(configured, { clientId: "other" })).toEqual({
      client: { clientId: "other", scope: "openid email" },
    });
  });

  test("is not turned on by a client id alone", () => {
    expect(chosen("off", { clientId: "page" })).toBe("off");
  });
});

test("valid values are accepted unchanged", () => {
  const all = {
    allowedOrigins: ["https://app.example.com", "http://localhost:5173"],
    domain: { ...DOMAIN, hostedZone: { id: "Z1", name: "example.com" } },
    restoredTable: "parley-restored-2026.11.24",
    epochFloor: 2,
    traffic: "stopped",
    alarms: { emails: ["on-call@example.com"] },
    tracing: true,
    web: { domain: { ...PAGE, hostedZone: { id: "Z1", name: "example.com" } }, signInPrefix: "our-chat" },
    tags: { owner: "chat team", "cost-centre": "17" },
    reservedConcurrency: { commit: 50, send: 20 },
  } as const;
  expect(parseConfig("dev", { ...VALID, ...all })).toMatchObject(all);
});

test("alarms are off in dev and on elsewhere, without recipients", () => {
  const alarms = (["dev", "staging", "prod"] as const).map(
    (name) => readConfig(name, () => undefined).alarms,
  );
  expect(alarms).toEqual(["off", {}, {}]);
});

test("a bad value on the command line is refused with the name of its key", () => {
  expect(() => synthesize({ ...OIDC, issuer: "nobody" })).toThrow(/\n {2}tokens\.issuer: /);
});

test("docs/deploy.md lists every key, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/deploy.md"), "utf8");
  const table = page.split("| Key | Meaning |")[1]?.split("\n\n")[0] ?? "";
  const keys = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
  expect(keys).toEqual(CONFIG_KEYS);
});
