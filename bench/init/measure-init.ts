import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { functionEnvironment } from "../../local/lambda/environment.ts";
import { bundleDirectory } from "../../wiring/build-directories.ts";
import { bundleModule } from "../../wiring/bundle.ts";
import { ENV, type EnvKey } from "../../wiring/manifest.ts";
import { formatMs, formatRatio, percentile } from "../chat/percentiles.ts";

const RUNS = 15;
/** Prints the milliseconds that importing a module takes, as its environment does at a cold start. */
const PROGRAM =
  "const start=performance.now();await import(process.argv[1]);console.log(performance.now()-start)";

/** Values that pass the checks of `readEnvironment`; nothing is called. */
const VALUES: Partial<Record<EnvKey, string>> = {
  entriesQueueUrls: "http://127.0.0.1/queue",
  admissionDepth: "1",
  managementEndpoint: "http://127.0.0.1",
  epochFloor: "1",
  events: "",
  ingest: "direct",
};

export interface InitDurations {
  readonly sendMs: number;
  /** A handler that does nothing, with the same clients. */
  readonly emptyMs: number;
}

/**
 * Returns the median time in which a new process imports the bundle of `send`, and that of an empty handler with the same
 * clients. They are measured in turn, so that noise hits both alike. The functions must have been bundled.
 */
export function measureInit(): InitDurations {
  const empty = bundleModule(join(import.meta.dirname, "../functions/empty.ts"));
  const send = join(bundleDirectory("send"), "index.mjs");
  const rounds = Array.from({ length: RUNS }, () => ({ send: importMs(send), empty: importMs(empty) }));
  return {
    sendMs: percentile(
      rounds.map((round) => round.send),
      0.5,
    ),
    emptyMs: percentile(
      rounds.map((round) => round.empty),
      0.5,
    ),
  };
}

export function describeInit({ sendMs, emptyMs }: InitDurations): string {
  return (
    `Initialization of send: ${formatMs(sendMs)} ms, ${formatRatio(sendMs, emptyMs)} times that of an empty handler with ` +
    `the same clients (${formatMs(emptyMs)} ms; medians of ${RUNS})`
  );
}

function importMs(bundle: string): number {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", PROGRAM, pathToFileURL(bundle).href],
    { env: environment(), encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${bundle} cannot be imported: ${stderr}`);
  return Number(stdout);
}

function environment(): Record<string, string> {
  const keys = Object.keys(ENV) as EnvKey[];
  const values = Object.fromEntries(keys.map((key) => [key, VALUES[key] ?? key])) as Record<EnvKey, string>;
  const endpoints = { dynamodb: "http://127.0.0.1", sns: "http://127.0.0.1", sqs: "http://127.0.0.1" };
  return functionEnvironment("send", values, endpoints, { region: "eu-central-1", logLevel: "INFO" });
}
