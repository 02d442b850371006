import { existsSync } from "node:fs";
import { join } from "node:path";
import { bundleDirectory } from "../../wiring/build-directories.ts";
import {
  FUNCTION_NAMES,
  FUNCTIONS,
  type FunctionName,
  type IngestMode,
  memoryMbOf,
} from "../../wiring/manifest.ts";
import { StartError } from "../util/start-error.ts";
import {
  functionEnvironment,
  runtimeEnvironment,
  type ServiceEndpoints,
  type VariableValues,
  variables,
} from "./environment.ts";
import type { FunctionDefinition } from "./function-definition.ts";

const EXTRA_TIMEOUT_MS = 10_000;

export interface FunctionsOptions {
  readonly values: VariableValues;
  readonly endpoints: ServiceEndpoints;
  readonly region: string;
  readonly logLevel: string;
  readonly ingest: IngestMode;
  /** Returns the number of invocations of a function that may run at the same time. */
  readonly workers: (name: FunctionName) => number;
}

/** Defines the manifest's functions as this cloud runs them. Throws if a bundle is missing. */
export function defineFunctions(options: FunctionsOptions): FunctionDefinition[] {
  const { values, endpoints, region, logLevel, ingest, workers } = options;
  return FUNCTION_NAMES.map((name) => {
    const { timeoutSeconds } = FUNCTIONS[name];
    return {
      name,
      bundle: bundleFile(name),
      timeoutMs: timeoutSeconds * 1000,
      memoryMb: memoryMbOf(name, ingest),
      env: functionEnvironment(name, values, endpoints, { region, logLevel }),
      maxWorkers: workers(name),
    };
  });
}

/** Defines a function that the manifest does not have. */
export function defineExtraFunction(
  extra: Pick<FunctionDefinition, "name" | "bundle" | "memoryMb" | "maxWorkers">,
  { values, endpoints, region, logLevel }: FunctionsOptions,
): FunctionDefinition {
  return {
    ...extra,
    timeoutMs: EXTRA_TIMEOUT_MS,
    env: {
      ...variables(["managementEndpoint"], values),
      ...runtimeEnvironment(extra.name, endpoints, { region, logLevel }),
    },
  };
}

function bundleFile(name: FunctionName): string {
  const file = join(bundleDirectory(name), "index.mjs");
  if (!existsSync(file))
    throw new StartError(
      `The bundle of ${name} is missing: ${file}. bundleFunctions in wiring/bundle.ts makes it.`,
    );
  return file;
}
