import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as v from "valibot";
import { LANE_COUNTS } from "../../wiring/lanes.ts";
import {
  CHANNELS,
  DEFAULT_EVENTS,
  DEFAULT_INGEST,
  DEFAULT_WHO_MAY_ADD,
  FUNCTION_NAMES,
  type FunctionName,
  INGEST_MODES,
  ROUTE_KEYS,
  ROUTE_THROTTLES,
  WHO_MAY_ADD,
} from "../../wiring/manifest.ts";
import { CAPACITY_DEFAULTS } from "../constructs/capacity-defaults.ts";
import { concurrencyPerLane } from "../constructs/messaging/channel.ts";
import { EVENT_FAMILIES } from "../constructs/messaging/chat-events.ts";
import { webPageOptionsProblem } from "../constructs/web-page/web-page-options.ts";
import { domainSchema, nonEmpty, origin } from "./domain-schema.ts";
import { WEB, withContextOptions } from "./web-schema.ts";

const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

const THROTTLE = v.strictObject({ rateLimit: positiveInteger, burstLimit: positiveInteger });

/** Lambda's bounds for the maximum concurrency of an SQS trigger. */
const concurrency = v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000));

/** Plain http is allowed only for an issuer on this machine: on a network, anybody could forge keys fetched over it. */
const issuerUrl = v.pipe(
  v.string(),
  v.regex(/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])\S+$/, "must be an https URL"),
);

/** Users and tokens of a Cognito user pool that the stack creates. The user id is the username there. */
const COGNITO = v.strictObject({
  cognito: v.strictObject({
    /** True if people may sign themselves up under any free name. */
    selfSignUp: v.boolean(),
    /** Validity of an access token in minutes; Cognito allows 5 minutes to a day. */
    accessTokenMinutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(1440)), 60),
  }),
});

/** Tokens of an existing OIDC issuer. */
const OIDC = v.strictObject({
  /** The issuer's URL, exactly as in the `iss` claim of its tokens. */
  issuer: issuerUrl,
  /** The `aud` claim a token must carry. */
  audience: nonEmpty,
  /** The claim that holds the user id. */
  userClaim: v.optional(nonEmpty, "sub"),
});

/** Custom domain of the WebSocket URL; its certificate must be in the stack's region. */
const DOMAIN = domainSchema(/[a-z0-9-]+/, "must be the ARN of an ACM certificate");

const ALARMS = v.strictObject({
  /** Addresses to notify. Each has to confirm before it gets anything. */
  emails: v.optional(v.array(v.pipe(v.string(), v.email()))),
  /** URL at which your operators read docs/runbook.md. The text of each alarm links to its heading there. */
  runbookUrl: v.optional(v.pipe(v.string(), v.url())),
  /** Lambda's quota of concurrent executions for the account and region. */
  accountConcurrency: v.optional(positiveInteger),
});

/** AWS's rules for tags; the prefix `aws:` is reserved for AWS. */
const TAGS = v.record(
  v.pipe(v.string(), v.regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu, "not a valid tag name")),
  v.pipe(v.string(), v.regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, "not a valid tag value")),
);

/** Chooses the schema by the key `cognito`, so that errors name the keys of the intended variant. */
const TOKENS = v.lazy((input): typeof COGNITO | typeof OIDC =>
  typeof input === "object" && input !== null && "cognito" in input ? COGNITO : OIDC,
);

const FIELDS = v.strictObject({
  /** The issuer whose tokens open a connection. */
  tokens: TOKENS,
  /**
   * Origins of the web pages that may connect; an empty list allows all. Only browsers send an origin, so this keeps out
   * other sites' pages and nothing else. The page of `web` need not be listed.
   */
  allowedOrigins: v.optional(v.array(origin), []),
  /** @default the name that API Gateway assigns */
  domain: v.optional(DOMAIN),
  /** The chat as a web page, in S3 behind CloudFront: docs/deploy.md. */
  web: v.optional(WEB, "off"),
  /** Name of a table restored from a backup, used instead of the stack's own: docs/restore.md. */
  restoredTable: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]{3,255}$/, "not a valid table name"))),
  /** `stopped`: no function reads or writes the table while it is being replaced: docs/restore.md. */
  traffic: v.optional(v.picklist(["flowing", "stopped"]), "flowing"),
  /** Raise by one after restoring the table from a backup. Every client then learns that the log went back. */
  epochFloor: v.optional(positiveInteger, 1),
  /** Events published for other consumers of the outbound topic: docs/events.md. Each event costs one SNS message. */
  events: v.optional(v.array(v.picklist(EVENT_FAMILIES)), [...DEFAULT_EVENTS]),
  /** Days for which new conversations keep their entries; 0 means for ever. Members may change it per conversation. */
  retentionDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3650)), 0),
  /**
   * `direct`: `send` appends messages to small conversations itself, and only the rest goes through the queue. `queued`:
   * every frame does, and `send` touches no conversation.
   */
  ingest: v.optional(v.picklist(INGEST_MODES), DEFAULT_INGEST),
  whoMayAdd: v.optional(v.picklist(WHO_MAY_ADD), DEFAULT_WHO_MAY_ADD),
  /** `kept`: table, queues, users and logs survive the stack, and table and user pool have deletion protection. */
  data: v.picklist(["disposable", "kept"]),
  logLevel: v.picklist(["DEBUG", "INFO", "WARN", "ERROR"]),
  logRetentionDays: v.pipe(
    v.number(),
    v.check(
      (days) => days in RetentionDays && days !== RetentionDays.INFINITE,
      "not a retention that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, …",
    ),
  ),
  /**
   * API Gateway writes access logs through one role per account and region. `create`: the stack creates that role and
   * sets it, replacing the current one; `exists`: the account already has one. Environments that share an account and
   * region may all create it: the last one is used, and each role stays when its stack is deleted.
   */
  apiGatewayLogRole: v.picklist(["create", "exists"]),
  /** Requests per second of all connections together. API Gateway allows an account 10 000, posts to connections included. */
  throttle: THROTTLE,
  /** The same for single routes, which then do not share the stage's: docs/architecture.md. */
  routeThrottles: v.optional(v.record(v.picklist(ROUTE_KEYS), THROTTLE), {}),
  /**
   * Number of queues that share the frames, by conversation. A runaway conversation delays only those in its own lane.
   * docs/architecture.md says what happens to frames in flight when this changes.
   */
  lanes: v.picklist(LANE_COUNTS),
  /** Depth of a lane beyond which it takes no more frames and senders get `overloaded`. */
  admissionDepth: positiveInteger,
  /** Most concurrent invocations per channel, out of the account's 1 000 (Lambda's default quota). */
  maximumConcurrency: v.strictObject({
    entries: concurrency,
    outbound: concurrency,
    notices: v.optional(concurrency, CHANNELS.notices.trigger.maximumConcurrency),
  }),
  /**
   * Concurrency reserved for a function, which is also its maximum. Lambda keeps 100 of the account's concurrency for
   * functions without a reservation.
   */
  reservedConcurrency: v.optional(v.record(v.picklist(FUNCTION_NAMES), positiveInteger), {}),
  /** CloudWatch alarms of the stack and their recipients. docs/runbook.md says what alarms cost. */
  alarms: v.lazy((input) => (typeof input === "object" ? ALARMS : v.literal("off"))),
  /** A CloudWatch dashboard. It has too many metrics for the free tier and costs $3 a month. */
  dashboard: v.boolean(),
  /** X-Ray traces of the functions. */
  tracing: v.boolean(),
  /** Tags set on every resource, besides `parley:environment`. */
  tags: v.optional(TAGS, {}),
});

export const CONFIG_KEYS = Object.keys(FIELDS.entries);

/**
 * Concurrent batches that the triggers of each function may send. With less concurrency Lambda throttles them; each
 * throttled batch counts as a failed receive, and enough of those make a dead letter.
 */
function concurrentBatches({
  lanes,
  maximumConcurrency,
}: v.InferOutput<typeof FIELDS>): Partial<Record<FunctionName, number>> {
  const { entries, outbound, presence } = CHANNELS;
  return {
    [entries.trigger.function]: lanes * concurrencyPerLane(maximumConcurrency.entries, lanes),
    [entries.deadLetters.trigger.function]: entries.deadLetters.trigger.maximumConcurrency,
    // `deliver` serves the notices, too.
    [outbound.trigger.function]: maximumConcurrency.outbound + maximumConcurrency.notices,
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
      "domain.name is already used by the WebSocket URL: choose another name",
    ),
    ["web"],
  ),
  v.forward(
    v.check(
      ({ restoredTable, epochFloor }) => restoredTable === undefined || epochFloor > 1,
      "must be raised by one when restoredTable is set",
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
        message: `${name} needs at least ${least}: its triggers run that many batches at once`,
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

/** An invalid configuration; the message names the environment and the key. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const COMMON = {
  tokens: { cognito: { selfSignUp: false } },
  alarms: {},
  tracing: false,
  apiGatewayLogRole: "create",
  dashboard: true,
  ...CAPACITY_DEFAULTS,
} as const;

const ENVIRONMENTS = {
  dev: {
    ...COMMON,
    tokens: { cognito: { selfSignUp: true } },
    // An idle dev stack should cost next to nothing.
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
    routeThrottles: ROUTE_THROTTLES,
    lanes: 4,
    maximumConcurrency: { entries: 200, outbound: 100 },
  },
} satisfies Record<string, v.InferInput<typeof CONFIG>>;

export type EnvironmentName = keyof typeof ENVIRONMENTS;

export function environmentName(value: unknown): EnvironmentName {
  if (value === undefined) return "dev";
  if (typeof value === "string" && Object.hasOwn(ENVIRONMENTS, value)) return value as EnvironmentName;
  throw new ConfigError(
    `Unknown environment "${value}"; use one of: ${Object.keys(ENVIRONMENTS).join(", ")}.`,
  );
}

/**
 * Returns the configuration of an environment with the overrides of the CDK context (`-c`): `apiGatewayLogRole`,
 * `traffic`, `issuer`, `audience` and `userClaim` of an OIDC issuer, which replaces a configured user pool, and `web`
 * with the `clientId` at that issuer.
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
    [`The configuration of "${environment}" is invalid (cdk/config/config.ts):`, ...problems].join("\n"),
  );
}
