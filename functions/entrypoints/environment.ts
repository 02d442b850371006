import * as v from "valibot";
import { ENV, type EnvKey, INGEST_MODES, WHO_MAY_ADD } from "../../wiring/manifest.ts";
import { ANY_ORIGIN } from "../../wiring/origins.ts";
import { EVENT_FAMILIES } from "../ports/events.ts";

const Text = v.pipe(v.string(), v.nonEmpty());
const Url = v.pipe(v.string(), v.url());

const PositiveInteger = v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(1));

/** One schema for each variable of the functions. */
const VARIABLES = {
  name: Text,
  table: Text,
  entriesTopicArn: Text,
  entriesQueueUrls: v.pipe(
    v.string(),
    v.transform((text) => text.split(",")),
    v.array(Url),
  ),
  entriesDeadLetterQueueUrl: Url,
  parkedQueueUrl: Url,
  admissionDepth: PositiveInteger,
  outboundTopicArn: Text,
  outboundQueueUrl: Url,
  noticesQueueUrl: Url,
  presenceQueueUrl: Url,
  managementEndpoint: Url,
  issuer: Url,
  audience: Text,
  userClaim: Text,
  allowedOrigins: v.pipe(
    v.string(),
    v.transform((list) => (list === ANY_ORIGIN ? "any" : new Set(list.split(",")))),
  ),
  events: v.pipe(
    v.string(),
    v.transform((list) => new Set(list.split(",").filter((name) => name !== ""))),
    v.set(v.picklist(EVENT_FAMILIES)),
  ),
  retentionDays: v.pipe(v.string(), v.digits(), v.transform(Number)),
  epochFloor: PositiveInteger,
  ingest: v.picklist(INGEST_MODES),
  whoMayAdd: v.picklist(WHO_MAY_ADD),
} as const satisfies Record<EnvKey, v.GenericSchema<string, unknown>>;

type Environment<K extends EnvKey> = { readonly [P in K]: v.InferOutput<(typeof VARIABLES)[P]> };

/** Reads the named variables once, at cold start. One error names every missing or malformed one. */
export function readEnvironment<K extends EnvKey>(
  keys: readonly K[],
  source: Record<string, string | undefined> = process.env,
): Environment<K> {
  const results = keys.map((key) => ({ key, result: v.safeParse(VARIABLES[key], source[ENV[key]]) }));
  const wrong = results.filter(({ result }) => !result.success);
  if (wrong.length > 0) {
    const problems = wrong.map(
      ({ key }) => `${ENV[key]} is ${source[ENV[key]] === undefined ? "missing" : "malformed"}`,
    );
    throw new Error(`Environment: ${problems.join(", ")}`);
  }
  return Object.fromEntries(results.map(({ key, result }) => [key, result.output])) as Environment<K>;
}
