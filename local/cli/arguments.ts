import { parseArgs } from "node:util";
import {
  DEFAULT_INGEST,
  DEFAULT_WHO_MAY_ADD,
  INGEST_MODES,
  type IngestMode,
  WHO_MAY_ADD,
  type WhoMayAdd,
} from "../../wiring/manifest.ts";
import { DEFAULT_PORT } from "../default-port.ts";

export const USAGE = `Usage: npm start -- [options]

  --port <n>       HTTP port; the gateways listen on the ports after it (default ${DEFAULT_PORT}, 0 for any)
  --gateways <n>   number of gateways (default 2)
  --data <folder>  folder for all data (default .parley)
  --ephemeral      keep all data in memory, and lose it at the end
  --ingest <mode>  ${INGEST_MODES.join(" or ")}: whether send appends messages itself (default ${DEFAULT_INGEST})
  --who-may-add <whom>  ${WHO_MAY_ADD.join(" or ")}: people whom a user may add to groups (default ${DEFAULT_WHO_MAY_ADD})
  --watch          rebuild the functions and the web page when their sources change
  --verbose        show everything that the functions log, not only errors
  --help           show this help
`;

/** The command line is wrong: shown with the usage. */
export class UsageError extends Error {}

export interface Arguments {
  readonly port: number;
  readonly gateways: number;
  readonly dataDir: string | undefined;
  readonly ingest: IngestMode;
  readonly whoMayAdd: WhoMayAdd;
  readonly watch: boolean;
  readonly verbose: boolean;
}

export function readArguments(args: readonly string[]): Arguments | "help" {
  const { port, gateways, data, ephemeral, ingest, watch, verbose, help, ...rest } = parse(args);
  if (help) return "help";
  return {
    port: readNumber("--port", port, 0, 65_000),
    gateways: readNumber("--gateways", gateways, 1, 26),
    dataDir: ephemeral ? undefined : data,
    ingest: readOneOf("--ingest", ingest, INGEST_MODES),
    whoMayAdd: readOneOf("--who-may-add", rest["who-may-add"], WHO_MAY_ADD),
    watch,
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
        ingest: { type: "string", default: DEFAULT_INGEST },
        "who-may-add": { type: "string", default: DEFAULT_WHO_MAY_ADD },
        watch: { type: "boolean", default: false },
        verbose: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${option} must be a number from ${min} to ${max}, not "${text}".`);
}

function readOneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const value = allowed.find((known) => known === text);
  if (value !== undefined) return value;
  throw new UsageError(`${option} must be ${allowed.join(" or ")}, not "${text}".`);
}
