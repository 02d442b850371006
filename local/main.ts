import { parseArgs } from "node:util";
import { buildWebPage } from "../wiring/build-web-page.ts";
import { bundleFunctions } from "../wiring/bundle.ts";
import { startCloud } from "./cloud.ts";
import type { Cloud, CloudOptions } from "./cloud-options.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import { StartError } from "./util/start-error.ts";

const USAGE = `Usage: npm start -- [options]

  --port <n>       HTTP port; the gateways listen on the ports after it (default ${DEFAULT_PORT}, 0 for any)
  --gateways <n>   number of gateways (default 2)
  --data <folder>  where everything is kept (default .parley)
  --ephemeral      keep everything in memory and forget it at the end
  --verbose        show all that the functions log, not only errors
  --help           show this
`;

class UsageError extends Error {}

interface Arguments {
  readonly port: number;
  readonly gateways: number;
  readonly dataDir: string | undefined;
  readonly verbose: boolean;
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const { port, gateways, data, ephemeral, verbose, help } = parse(args);
  if (help) return "help";
  return {
    port: readNumber("--port", port, 0, 65_000),
    gateways: readNumber("--gateways", gateways, 1, 26),
    dataDir: ephemeral ? undefined : data,
    verbose,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: String(DEFAULT_PORT) },
        gateways: { type: "string", default: "2" },
        data: { type: "string", default: ".parley" },
        ephemeral: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option} is a number from ${least} to ${most}, not "${text}".`);
}

/** Functions log JSON lines; of an error a person first wants the message. */
function describeLogLine(functionName: string, line: string, verbose: boolean): string | undefined {
  const entry = readJson(line);
  if (verbose) return `${functionName} ${line}`;
  // What is no structured line was written by a crash.
  if (entry === undefined) return `${functionName} ${line}`;
  if (entry.level !== "ERROR" && entry.level !== "CRITICAL") return undefined;
  const cause = (entry.error as { message?: unknown } | undefined)?.message;
  return `${functionName} error: ${String(entry.message)}${cause === undefined ? "" : ` (${String(cause)})`}`;
}

function readJson(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function greeting(cloud: Cloud, { dataDir, verbose }: Arguments): string {
  const { port } = new URL(cloud.url);
  const elsewhere = Number(port) === DEFAULT_PORT ? "" : ` --port ${port}`;
  const lines = [
    `Parley is running: ${cloud.url}`,
    "",
    "  Open it in two windows, be alice in one and bob in the other.",
    "",
    ...cloud.gateways.map(({ name, url }) => `  Gateway ${name}   ${url}`),
    `  Token       curl -s ${cloud.url}/token -d '{"user":"alice"}'`,
    "",
    "  Or chat in two other terminals:",
    `    npm run chat -- alice${elsewhere}`,
    `    npm run chat -- bob${elsewhere}`,
    "",
    dataDir === undefined ? "  Data        in memory, gone at the end" : `  Data        ${dataDir}`,
    logPlace(dataDir, verbose),
    "",
    `  Ctrl-C stops it, or kill ${process.pid}.`,
  ];
  return lines.join("\n");
}

function logPlace(dataDir: string | undefined, verbose: boolean): string {
  const place = dataDir === undefined ? "" : `${dataDir}/functions.log, `;
  return `  Logs        ${place}${verbose ? "all" : "errors"} shown here`;
}

async function run(args: Arguments): Promise<void> {
  const started = performance.now();
  bundleFunctions();
  await buildWebPage();
  const options: CloudOptions = {
    ...args,
    web: { signIn: "development" },
    log: (line) => console.error(line),
    onLog: (functionName, line) => {
      const shown = describeLogLine(functionName, line, args.verbose);
      if (shown !== undefined) console.error(shown);
    },
  };
  const cloud = await startCloud(options);
  console.log(`${greeting(cloud, args)}\n\n  Ready after ${Math.round(performance.now() - started)} ms.`);
  const ending = await Promise.race([signalled(), cloud.failed]);
  if (ending instanceof Error) console.error(`Parley stops: ${ending.message}`);
  else console.log(`\n${ending}: stopping.`);
  await cloud.stop();
  process.exit(ending instanceof Error ? 1 : 0);
}

/** A second signal ends the process at once: the default handling is back then. */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
  });
}

try {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") console.log(USAGE);
  else await run(args);
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
  // Something to do for the person at the terminal: no stack.
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}
