import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as v from "valibot";
import { LANE_COUNTS } from "../../wiring/lanes.ts";
import {
  ADMISSION_DEPTH,
  CHANNELS,
  DEFAULT_EVENTS,
  FUNCTION_NAMES,
  type FunctionName,
} from "../../wiring/manifest.ts";
import { concurrencyPerLane } from "../constructs/messaging/channel.ts";
import { EVENT_FAMILIES } from "../constructs/messaging/chat-events.ts";
import { webPageOptionsProblem } from "../constructs/web-page/web-page-options.ts";
import { domainSchema, nonEmpty, origin } from "./domain-schema.ts";
import { WEB, withContextOptions } from "./web-schema.ts";

const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Lambda's own bounds for the maximum concurrency of an SQS trigger. */
const concurrency = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000));

/** Plain http only for an issuer on this machine: keys fetched over it could be anybody's. */
const issuerUrl = v.pipe(
  v.string(),
  v.regex(/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])\S+$/, "must be an https URL"),
);

/** Users and tokens of a Cognito user pool that the stack makes. A user's id is his username there. */
const COGNITO = v.strictObject({
  cognito: v.strictObject({
    /** Whether people may create users by themselves, with any name that is free. */
    selfSignUp: v.boolean(),
    /** How long an access token opens connections; Cognito's bounds are 5 minutes and a day. */
    accessTokenMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(1440)), 60),
  }),
});

/** Tokens of an OIDC issuer there is. */
const OIDC = v.strictObject({
  /** Its URL, exactly as in the `iss` claim of its tokens. */
  issuer: issuerUrl,
  /** The `aud` claim a token must carry. */
  audience: nonEmpty,
  /** The claim that is the user id. */
  userClaim: v.optional(nonEmpty, "sub"),
});

/** A name of one's own in the WebSocket URL; the certificate is in the stack's region. */
const DOMAIN = domainSchema(/[a-z0-9-]+/, "must be the ARN of an ACM certificate");

const ALARMS = v.strictObject({
  /** Whom to tell; an address has to confirm before it is told anything. */
  emails: v.optional(v.array(v.pipe(v.string(), v.email()))),
  /** Where your operators read docs/runbook.md: the text of an alarm links to its heading there. */
  runbookUrl: v.optional(v.pipe(v.string(), v.url())),
  /** Lambda's quota of concurrent executions of the account and region. */
  accountConcurrency: v.optional(positiveInteger),
});

/** AWS's rules for tags; what begins with `aws:` is AWS's own. */
const TAGS = v.record(
  v.pipe(v.string(), v.regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu, "no name of a tag")),
  v.pipe(v.string(), v.regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, "no value of a tag")),
);

/** Told apart by `cognito`, so that what is wrong is said of the one that is meant. */
const TOKENS = v.lazy((input): typeof COGNITO | typeof OIDC =>
  typeof input === "object" && input !== null && "cognito" in input ? COGNITO : OIDC,
);

const FIELDS = v.strictObject({
  /** Whose tokens open a connection. */
  tokens: TOKENS,
  /**
   * Web pages that may connect, by origin; none: all may. Browsers alone say from where they come, so this keeps other
   * sites' pages out, and nobody else. The page of `web` need not be listed.
   */
  allowedOrigins: v.optional(v.array(origin), []),
  /** @default the name API Gateway gives */
  domain: v.optional(DOMAIN),
  /** The chat as a web page, in S3 behind CloudFront: docs/deploy.md. */
  web: v.optional(WEB, "off"),
  /** A table restored from a backup, used in place of the stack's own: docs/restore.md. */
  restoredTable: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{3,255}$/, "no name of a table"))),
  /** `stopped`: nothing reads or writes the table while it is being replaced: docs/restore.md. */
  traffic: v.optional(v.picklist(["flowing", "stopped"]), "flowing"),
  /** Raise by one after restoring the table from a backup: every client then learns that the log went back. */
  epochFloor: v.optional(positiveInteger, 1),
  /** Events published for other consumers of the outbound topic: docs/events.md. Each costs a message of the topic. */
  events: v.optional(v.array(v.picklist(EVENT_FAMILIES)), [...DEFAULT_EVENTS]),
  /** How many days entries of conversations that begin from now on are kept; 0: for ever. Members may change it. */
  retentionDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3650)), 0),
  /** `kept`: table, queues, users and logs survive the stack, and table and users refuse to be deleted. */
  data: v.picklist(["disposable", "kept"]),
  logLevel: v.picklist(["DEBUG", "INFO", "WARN", "ERROR"]),
  logRetentionDays: v.pipe(
    v.number(),
    v.check(
      (days) => days in RetentionDays && days !== RetentionDays.INFINITE,
      "no retention CloudWatch Logs has",
    ),
  ),
  /**
   * API Gateway writes access logs through one role per account and region. `create`: the stack makes that role
   * and sets it, in place of what is set there; `exists`: the account has it already. Environments that share account
   * and region may all create it: the last one counts, and what was made stays when its stack goes.
   */
  apiGatewayLogRole: v.picklist(["create", "exists"]),
  /** Per second, all connections together; API Gateway allows an account 10 000, posts to connections included. */
  throttle: v.strictObject({ rateLimit: positiveInteger, burstLimit: positiveInteger }),
  /**
   * Queues that share the frames, by conversation: a runaway conversation delays those of its own lane only.
   * docs/architecture.md tells what becomes of frames in flight when this changes.
   */
  lanes: v.picklist(LANE_COUNTS),
  /** Frames waiting in a lane beyond which no more are taken: the sender is told `overloaded`. */
  admissionDepth: positiveInteger,
  /** Most concurrent invocations per function and channel, out of the account's 1 000 (Lambda's default quota). */
  maximumConcurrency: v.strictObject({ entries: concurrency, outbound: concurrency }),
  /**
   * Invocations set apart for a function, which are also the most it may have at once. Lambda keeps 100 of the
   * account's for functions without.
   */
  reservedConcurrency: v.optional(v.record(v.picklist(FUNCTION_NAMES), positiveInteger), {}),
  /** Whether CloudWatch watches the stack, and whom it tells. docs/runbook.md says what alarms cost. */
  alarms: v.lazy((input) => (typeof input === "object" ? ALARMS : v.literal("off"))),
  /** A CloudWatch dashboard; with as many metrics as it has it costs $3 a month. */
  dashboard: v.boolean(),
  /** X-Ray traces of the functions. */
  tracing: v.boolean(),
  /** On every resource, besides `parley:environment`. */
  tags: v.optional(TAGS, {}),
});

export const CONFIG_KEYS = Object.keys(FIELDS.entries);

/**
 * How many batches the triggers of a function may hand it at once. With less concurrency they are throttled, which counts as
 * a failed receive, and enough of those are a dead letter.
 */
function concurrentBatches({
  lanes,
  maximumConcurrency,
}: v.InferOutput<typeof FIELDS>): Partial<Record<FunctionName, number>> {
  const { entries, outbound, presence } = CHANNELS;
  return {
    [entries.trigger.function]: lanes * concurrencyPerLane(maximumConcurrency.entries, lanes),
    [entries.deadLetters.trigger.function]: entries.deadLetters.trigger.maximumConcurrency,
    [outbound.trigger.function]: maximumConcurrency.outbound,
    [presence.trigger.function]: presence.trigger.maximumConcurrency,
  };
}

function pageProblem({ tokens, web }: v.InferOutput<typeof FIELDS>): string | undefined {
  return web === "off" ? undefined : webPageOptionsProblem(web, "cognito" in tokens);
}

const CONFIG = v.pipe(
  FIELDS,
  v.forward(
    v.check(
      (config) => pageProblem(config) === undefined,
      ({ input }) => pageProblem(input) ?? "",
    ),
    ["web"],
  ),
  v.forward(
    v.check(
      ({ domain, web }) => web === "off" || web.domain === undefined || web.domain.name !== domain?.name,
      "domain.name is the WebSocket URL's already",
    ),
    ["web"],
  ),
  v.forward(
    v.check(
      ({ restoredTable, epochFloor }) => restoredTable === undefined || epochFloor > 1,
      "must be raised with a restored table",
    ),
    ["epochFloor"],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { reservedConcurrency } = dataset.value;
    for (const [name, least] of Object.entries(concurrentBatches(dataset.value))) {
      const reserved = reservedConcurrency[name as FunctionName];
      if (reserved === undefined || reserved >= least) continue;
      addIssue({
        message: `${name} needs at least ${least}, as many as its triggers may run at once`,
        path: [
          {
            type: "object",
            origin: "value",
            input: dataset.value,
            key: "reservedConcurrency",
            value: reservedConcurrency,
          },
        ],
      });
    }
  }),
);

/** Everything that differs between environments. */
export type Config = v.InferOutput<typeof CONFIG>;

/** A configuration that cannot be used; the message names the environment and the key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const COMMON = {
  tokens: { cognito: { selfSignUp: false } },
  alarms: {},
  tracing: false,
  apiGatewayLogRole: "create",
  dashboard: true,
  throttle: { rateLimit: 2000, burstLimit: 4000 },
  lanes: 1,
  admissionDepth: ADMISSION_DEPTH,
  maximumConcurrency: {
    entries: CHANNELS.entries.trigger.maximumConcurrency,
    outbound: CHANNELS.outbound.trigger.maximumConcurrency,
  },
} as const;

const ENVIRONMENTS = {
  dev: {
    ...COMMON,
    tokens: { cognito: { selfSignUp: true } },
    // What is left alone should cost next to nothing.
    alarms: "off",
    dashboard: false,
    data: "disposable",
    logLevel: "DEBUG",
    logRetentionDays: 7,
  },
  staging: { ...COMMON, data: "disposable", logLevel: "INFO", logRetentionDays: 14 },
  prod: {
    ...COMMON,
    data: "kept",
    logLevel: "INFO",
    logRetentionDays: 90,
    lanes: 4,
    maximumConcurrency: { entries: 200, outbound: 100 },
  },
} satisfies Record<string, v.InferInput<typeof CONFIG>>;

export type EnvironmentName = keyof typeof ENVIRONMENTS;

export function environmentName(value: unknown): EnvironmentName {
  if (value === undefined) return "dev";
  if (typeof value === "string" && Object.hasOwn(ENVIRONMENTS, value)) return value as EnvironmentName;
  throw new ConfigError(`No environment "${value}"; there are: ${Object.keys(ENVIRONMENTS).join(", ")}.`);
}

/**
 * The configuration of an environment, with what the CDK context (`-c`) replaces: `apiGatewayLogRole`, `traffic`,
 * `issuer`, `audience` and `userClaim` of an OIDC issuer, in place of the user pool where one is configured, and `web`
 * with the `clientId` of that issuer.
 */
export function readConfig(environment: EnvironmentName, context: (key: string) => unknown): Config {
  const contextValues = (...keys: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, context(key)]).filter(([, value]) => value !== undefined));
  const defaults: v.InferInput<typeof CONFIG> = ENVIRONMENTS[environment];
  const issuer = contextValues("issuer", "audience", "userClaim");
  const tokens = "cognito" in defaults.tokens ? issuer : { ...defaults.tokens, ...issuer };
  return parseConfig(environment, {
    ...defaults,
    ...contextValues("apiGatewayLogRole", "traffic"),
    ...(Object.keys(issuer).length > 0 && { tokens }),
    web: withContextOptions(defaults.web, contextValues("web", "clientId")),
  });
}

export function parseConfig(environment: string, input: unknown): Config {
  const result = v.safeParse(CONFIG, input);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `  ${v.getDotPath(issue) ?? "?"}: ${issue.message}`);
  throw new ConfigError(
    [`The configuration of "${environment}" is wrong (cdk/config/config.ts):`, ...problems].join("\n"),
  );
}
